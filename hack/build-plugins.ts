import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

interface Target {
  readonly entry: string;
  readonly out: string;
  /** Files and folders that it is made of. */
  readonly sources: readonly string[];
  readonly flags: readonly string[];
}

interface Compiler {
  main(
    args: readonly string[],
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

const sdk = 'plugins/sdk/assembly';
const examples = 'plugins/examples';
const guests = 'test/wasm/guests';

/** `--exportStart`: code at the top of a file then runs as `_initialize`, when the host can reach the memory. */
const flags = ['-O3', '--exportStart', '_initialize'];

function targets(): readonly Target[] {
  const ready = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'assembly/index.ts')));
  const scripts = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.ts'));
  return [
    ...ready.map((name) => ({
      entry: join(examples, name, 'assembly/index.ts'),
      out: join(examples, name, 'build', `${name}.wasm`),
      sources: [join(examples, name, 'assembly'), sdk],
      flags: ['--use', `abort=${sdk}/log/abort`],
    })),
    ...scripts(guests).map((name) => ({
      entry: join(guests, name),
      out: join(guests, 'build', `${basename(name, '.ts')}.wasm`),
      sources: [join(guests, name)],
      flags: ['--runtime', 'stub', '--initialMemory', '2', '--use', 'abort='],
    })),
    ...scripts(join(guests, 'sdk')).map((name) => ({
      entry: join(guests, 'sdk', name),
      out: join(guests, 'build', `${basename(name, '.ts')}.wasm`),
      sources: [join(guests, 'sdk', name), sdk],
      flags: ['--use', `abort=${sdk}/log/abort`],
    })),
  ];
}

function newest(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function stale({ out, sources }: Target): boolean {
  return (
    !existsSync(out) || statSync(out).mtimeMs <= Math.max(...[...sources, import.meta.filename].map(newest))
  );
}

/**
 * Compiles the AssemblyScript plugins that are older than their sources: `plugins/examples/NAME/assembly/index.ts` to
 * `plugins/examples/NAME/build/NAME.wasm`, and each `test/wasm/guests/NAME.ts`, and `test/wasm/guests/sdk/NAME.ts`, which use the
 * SDK, to `test/wasm/guests/build/NAME.wasm`. All in this process, because starting the compiler costs more than compiling.
 * Throws with the compiler's words.
 */
export async function buildPlugins(): Promise<void> {
  const outdated = targets().filter(stale);
  if (outdated.length === 0) return;
  // Not a literal: the types of the compiler would put AssemblyScript's globals over those of Node.
  const name: string = 'assemblyscript/asc';
  const compiler = (await import(name)) as Compiler;
  for (const { entry, out, flags: own } of outdated) {
    mkdirSync(join(out, '..'), { recursive: true });
    const { error, stderr } = await compiler.main([entry, '--outFile', out, ...flags, ...own]);
    if (error) throw new Error(`${entry}: ${error.message}\n${stderr.toString()}`);
    console.log(`${out} ${statSync(out).size} bytes`);
  }
}

if (import.meta.main) await buildPlugins();
