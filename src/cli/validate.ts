import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { checkPath, checkText, checkVerdicts } from '../sources/file/check.ts';
import { compileModule } from '../wasm/vm/compile.ts';
import { UsageError, type Command } from './command.ts';
import { clusterDetails, clusterOptions, readClusterOnce } from './configuration.ts';
import { startsFromCluster } from './program.ts';
import { externalNamesOf, scopeOf, translateOptionsOf } from './scope.ts';

const options = {
  ...clusterOptions,
  references: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const validate: Command = {
  usage: '[OPTION…] PATH…',
  summary: 'Says what is wrong with loom.yaml files, manifests or a cluster; exit code 1 when anything is.',
  details: `A path is a loom.yaml, a file or folder of manifests, or - for manifests on the standard input.
${clusterDetails}
  --references        what objects refer to must be in the same path
  --json              for programs`,
  run: async (args) => {
    const { values, positionals: paths } = parseArgs({ args: [...args], allowPositionals: true, options });
    const { references, json } = values;
    const cluster = values.cluster ?? (startsFromCluster() && paths.length === 0);
    if (cluster && paths.length > 0) throw new UsageError('takes --cluster or paths, not both');
    if (!cluster && paths.length === 0) throw new UsageError('needs a file or folder');
    const found = cluster ? [...checkVerdicts((await readClusterOnce(values)).verdicts)] : [];
    for (const path of paths) {
      const scoped = { scope: scopeOf(values), translate: translateOptionsOf(values) };
      const how = { checkModule, references, ...scoped, externalNames: externalNamesOf(values) };
      found.push(
        ...(path === '-'
          ? await checkText('stdin', await text(process.stdin), how)
          : await checkPath(path, how)),
      );
    }
    const valid = found.length === 0;
    if (json) console.log(JSON.stringify({ valid, problems: found }, undefined, 2));
    else {
      for (const { location, field, message } of found)
        console.log([location, field, message].filter((part) => part !== '').join(': '));
      console.log(valid ? 'valid' : `${found.length} ${found.length === 1 ? 'problem' : 'problems'}`);
    }
    return valid ? 0 : 1;
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
