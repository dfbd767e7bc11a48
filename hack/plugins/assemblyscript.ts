import { readFileSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';
import type { Group } from './cache.ts';

const packages = join(import.meta.dirname, 'npm');
const compiler = join(import.meta.dirname, '../../node_modules/assemblyscript/bin/asc.js');

/** The hello-world filters that two SDKs print in their READMEs: there are no filters as packages, so these are taken. */
const sdks = {
  solo: {
    sdk: '@solo-io/proxy-runtime',
    // The SDK stopped at this compiler, which lies beside it.
    compiler: (work: string) => join(work, 'node_modules/assemblyscript/bin/asc'),
    args: ['-b'],
  },
  gcore: {
    sdk: '@gcoredev/proxy-wasm-sdk-as',
    compiler: () => compiler,
    args: ['--config', 'node_modules/@assemblyscript/wasi-shim/asconfig.json', '-o'],
  },
};

/** `as-solo-add-header.wasm` (ABI 0.2.0) and `as-gcore-add-header.wasm` (ABI 0.2.1). */
export const assemblyscript: Group = {
  name: 'assemblyscript',
  inputs: () =>
    [join(packages, 'package-lock.json'), import.meta.filename]
      .map((file) => readFileSync(file, 'utf8'))
      .join(),
  make: async (out, work) => {
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      await copyFile(join(packages, file), join(work, file));
    await run('npm', ['ci', '--loglevel=error', '--fetch-retries=5', '--ignore-scripts'], {
      cwd: work,
      remedy: 'install Node',
    });
    for (const [name, { sdk, compiler: at, args }] of Object.entries(sdks)) {
      const readme = await readFile(join(work, 'node_modules', sdk, 'README.md'), 'utf8');
      const [, source] = /^```ts\n([^]*?)^```/m.exec(readme) ?? [];
      if (source === undefined) throw new Error(`the README of ${sdk} has no program`);
      await writeFile(join(work, `${name}.ts`), source);
      const flags = ['--use', 'abort=abort_proc_exit', '--optimize'];
      await run(
        process.execPath,
        [at(work), `${name}.ts`, ...flags, ...args, join(out, `as-${name}-add-header.wasm`)],
        { cwd: work, remedy: 'install Node' },
      );
    }
  },
};
