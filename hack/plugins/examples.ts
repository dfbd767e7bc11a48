import { copyFileSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { cargo, target } from './rust.ts';
import { cargoTarget, folderOf, type Group } from './cache.ts';

const examples = join(import.meta.dirname, '../../plugins/examples');

/** Loom's own examples in languages that `npm test` does without: `rust-*` and `go-*` of `plugins/examples`. */
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
  },
};

const names = (prefix: string): string[] => globSync(`${prefix}*`, { cwd: examples }).toSorted();
const sources = (): string[] =>
  globSync('{rust,go}-*/{Cargo.toml,go.mod,go.sum,*.go,src/**/*.rs}', { cwd: examples })
    .toSorted()
    .map((file) => join(examples, file));

/** Builds them, and puts each into its folder as `build/NAME.wasm`, where its test table looks for it. @returns their folders */
export async function builtExamples(): Promise<readonly string[]> {
  const folder = await folderOf(compiled);
  return [...names('rust-'), ...names('go-')].map((name) => {
    const build = join(examples, name, 'build');
    mkdirSync(build, { recursive: true });
    copyFileSync(join(folder, `${name}.wasm`), join(build, `${name}.wasm`));
    return join(examples, name);
  });
}
