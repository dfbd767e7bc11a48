import { readFile } from 'node:fs/promises';
import { checkPath } from '../sources/file/check.ts';
import { compileModule } from '../wasm/vm/compile.ts';
import { UsageError, type Command } from './command.ts';

export const validate: Command = {
  usage: 'PATH…',
  summary: 'Says what is wrong with loom.yaml files and manifests; exit code 1 when anything is.',
  run: async (paths) => {
    if (paths.length === 0) throw new UsageError('needs a file or folder');
    let wrong = 0;
    for (const path of paths) {
      for (const { location, field, message } of await checkPath(path, checkModule)) {
        wrong++;
        console.log([location, field, message].filter((part) => part !== '').join(': '));
      }
    }
    console.log(wrong === 0 ? 'valid' : `${wrong} ${wrong === 1 ? 'problem' : 'problems'}`);
    return wrong === 0 ? 0 : 1;
  },
};

/** A file that is not there says nothing: it may be where the configuration will be used. */
async function checkModule(path: string): Promise<string | undefined> {
  try {
    await compileModule(await readFile(path));
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : (error as Error).message;
  }
}
