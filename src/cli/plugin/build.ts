import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inspectModule } from '../../wasm/inspect.ts';
import { UsageError, type Command } from '../command.ts';
import { byteText } from './byte-text.ts';
import { toolchains, type Build, type Toolchain } from './toolchains.ts';

const options = { debug: { type: 'boolean', default: false } } as const;

export const build: Command = {
  usage: '[--debug] [DIR] [-- COMPILER-OPTION…]',
  summary:
    'Compiles the plugin in a folder with the toolchain that the folder is for, and checks the module.',
  details: `  asconfig.json  AssemblyScript: the compiler from node_modules
  Cargo.toml     Rust: cargo build --release --target wasm32-wasip1
  go.mod         Go: GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared

  --debug        keeps the names of functions, for the stack of a trap`,
  run: async (args) => {
    const end = args.indexOf('--');
    const own = end < 0 ? args : args.slice(0, end);
    const extra = end < 0 ? [] : args.slice(end + 1);
    const { values, positionals } = parseArgs({ args: [...own], allowPositionals: true, options });
    const [folder = '.', ...more] = positionals;
    if (more.length > 0) throw new UsageError('takes one folder');
    const toolchain = toolchains.find(({ marker }) => existsSync(join(folder, marker)));
    if (!toolchain) {
      const markers = toolchains.map(({ marker }) => marker).join(', ');
      throw new Error(`${folder} is no plugin: it has none of ${markers}; loom plugin new makes one`);
    }
    const plan = toolchain.build(folder, { debug: values.debug, extra });
    const code = await execute(plan, folder, toolchain);
    if (code !== 0) return 1;
    plan.finish?.();
    const out = join(folder, plan.out);
    const { bytes, abi, problem } = await inspectModule(await readFile(out));
    if (problem !== undefined) throw new Error(`${out}: ${problem}`);
    console.log(`${out}: ${byteText(bytes)}, ABI ${abi}`);
    return 0;
  },
};

/** The compiler's own words go where they belong; resolves to its exit code. */
function execute({ program, args, env }: Build, cwd: string, { remedy }: Toolchain): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
  child.once('error', (error: NodeJS.ErrnoException) =>
    reject(error.code === 'ENOENT' ? new Error(`${program} is not installed: ${remedy}`) : error),
  );
  child.once('exit', (code) => resolve(code ?? 1));
  return promise;
}
