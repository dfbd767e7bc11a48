import { copyFileSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { cargo, target } from './rust.ts';
import { cargoTarget, folderOf, type Group } from './cache.ts';

const examples = join(import.meta.dirname, '../../plugins/examples');

/** Loom's own examples in languages that `npm test` does without: `rust-*`, `go-*` and `cpp-*` of `plugins/examples`. */
const compiled: Group = {
  name: 'examples',
  inputs: () =>
    sources()
      .map((file) => readFileSync(file, 'utf8'))
      .join(),
  make: async (out) => {
    for (const name of names('rust-')) {
      const build = await cargo();
      await build(join(examples, name), []);
      const made = join(cargoTarget, target, 'release', `${name.replaceAll('-', '_')}.wasm`);
      copyFileSync(made, join(out, `${name}.wasm`));
    }
    for (const name of names('go-')) {
      const args = ['build', '-trimpath', '-buildvcs=false', '-buildmode=c-shared', '-ldflags=-s -w', '-o'];
      await run('go', [...args, join(out, `${name}.wasm`), '.'], {
        cwd: join(examples, name),
        env: { GOOS: 'wasip1', GOARCH: 'wasm' },
        remedy: 'install Go 1.24 or newer',
      });
    }
    for (const name of names('cpp-')) {
      // A wasm-opt in the PATH, such as the one of AssemblyScript, would otherwise have its say.
      const args = [...clang, '--no-wasm-opt', '-o', join(out, `${name}.wasm`), 'src/main.cc'];
      await run('clang++-22', args, { cwd: join(examples, name), remedy: clangs });
    }
  },
};

/** As the README of the example has it. A reactor has `_initialize`, which runs the constructors of globals. */
const clang = [
  '--target=wasm32-wasi',
  '-mexec-model=reactor',
  '-std=c++20',
  '-O2',
  '-fno-exceptions',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wno-deprecated',
  '-Wl,--export=malloc',
  '-Wl,--strip-debug',
];
const clangs = 'apt-get install clang-22 lld-22 wasi-libc libc++-22-dev-wasm32 libclang-rt-22-dev-wasm32';

const names = (prefix: string): string[] => globSync(`${prefix}*`, { cwd: examples }).toSorted();
const sources = (): string[] =>
  globSync('{rust,go,cpp}-*/{Cargo.toml,go.mod,go.sum,*.go,src/**/*.{rs,cc,h}}', { cwd: examples })
    .toSorted()
    .map((file) => join(examples, file))
    .concat(import.meta.filename);

/** Builds them, and puts each into its folder as `build/NAME.wasm`, where its test table looks for it. @returns their folders */
export async function builtExamples(): Promise<readonly string[]> {
  const folder = await folderOf(compiled);
  return ['rust-', 'go-', 'cpp-'].flatMap(names).map((name) => {
    const build = join(examples, name, 'build');
    mkdirSync(build, { recursive: true });
    copyFileSync(join(folder, `${name}.wasm`), join(build, `${name}.wasm`));
    return join(examples, name);
  });
}
