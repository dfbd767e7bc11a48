import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

interface BuildOptions {
  /** Keeps the names of functions, and does not spend time on optimising where the toolchain has that choice. */
  readonly debug: boolean;
  /** Further arguments of the compiler. */
  readonly extra: readonly string[];
}

/** One run of a compiler. */
export interface Build {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where the module is afterwards, from the folder. */
  readonly out: string;
  /** Moves the module there, where the compiler cannot. */
  readonly finish?: () => void;
}

export interface Toolchain {
  /** The file that says that a folder is one of this toolchain. */
  readonly marker: string;
  /** What to do when its program is not there. */
  readonly remedy: string;
  /** Throws an Error for people. */
  build(folder: string, options: BuildOptions): Build;
}

const rustTarget = 'wasm32-wasip1';

export const toolchains: readonly Toolchain[] = [
  {
    marker: 'asconfig.json',
    remedy: 'install Node',
    build: (folder, { debug, extra }) => {
      const target = debug ? 'debug' : 'release';
      return {
        program: process.execPath,
        args: [assemblyScriptCompiler(folder), '--target', target, ...extra],
        env: {},
        out: assemblyScriptOutput(join(folder, 'asconfig.json'), target),
      };
    },
  },
  {
    marker: 'Cargo.toml',
    remedy: `install Rust (https://rustup.rs), then: rustup target add ${rustTarget}`,
    build: (folder, { debug, extra }) => {
      const name = nameIn(join(folder, 'Cargo.toml'), /^name\s*=\s*"([^"]+)"/m);
      const out = `build/${name}.wasm`;
      const made = join(folder, 'target', rustTarget, 'release', `${name.replaceAll('-', '_')}.wasm`);
      return {
        program: 'cargo',
        args: ['build', '--release', '--target', rustTarget, ...extra],
        // The linker keeps the names unless it is told not to.
        env: debug ? {} : { CARGO_PROFILE_RELEASE_STRIP: 'true' },
        out,
        finish: () => {
          mkdirSync(join(folder, 'build'), { recursive: true });
          copyFileSync(made, join(folder, out));
        },
      };
    },
  },
  {
    marker: 'go.mod',
    remedy: 'install Go 1.24 or newer (https://go.dev/dl)',
    build: (folder, { debug, extra }) => {
      const out = `build/${basename(nameIn(join(folder, 'go.mod'), /^module\s+(\S+)/m))}.wasm`;
      return {
        program: 'go',
        args: [
          'build',
          '-buildmode=c-shared',
          ...(debug ? [] : ['-ldflags=-s -w']),
          '-o',
          out,
          ...extra,
          '.',
        ],
        env: { GOOS: 'wasip1', GOARCH: 'wasm' },
        out,
      };
    },
  },
];

/** That of the folder, or of one above it, or else the one that this Loom was built with. */
function assemblyScriptCompiler(folder: string): string {
  const compiler = 'node_modules/assemblyscript/bin/asc.js';
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, compiler))) return join(at, compiler);
    if (dirname(at) === at) break;
  }
  const own = join(import.meta.dirname, '../../..', compiler);
  if (existsSync(own)) return own;
  throw new Error(`the AssemblyScript compiler is not installed: run npm install in ${folder}`);
}

function assemblyScriptOutput(file: string, target: string): string {
  const config = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly targets?: Readonly<Record<string, { readonly outFile?: unknown } | undefined>>;
  };
  const out = config.targets?.[target]?.outFile;
  if (typeof out !== 'string') throw new Error(`${file}: targets.${target}.outFile must name the module`);
  return out;
}

function nameIn(file: string, pattern: RegExp): string {
  const name = pattern.exec(readFileSync(file, 'utf8'))?.[1];
  if (name === undefined) throw new Error(`${file} does not say what the module is called`);
  return name;
}
