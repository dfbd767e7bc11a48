import { checkPath } from '../sources/file/check.ts';
import type { Command } from './command.ts';

export const validate: Command = {
  usage: 'PATH…',
  summary: 'Says what is wrong with loom.yaml files and manifests; exit code 1 when anything is.',
  run: async (paths) => {
    if (paths.length === 0) throw new Error('needs a file or folder');
    let wrong = 0;
    for (const path of paths) {
      for (const { location, field, message } of await checkPath(path)) {
        wrong++;
        console.log([location, field, message].filter((part) => part !== '').join(': '));
      }
    }
    console.log(wrong === 0 ? 'valid' : `${wrong} ${wrong === 1 ? 'problem' : 'problems'}`);
    return wrong === 0 ? 0 : 1;
  },
};
