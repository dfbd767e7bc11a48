import { errno, status } from '../abi/status.ts';
import type { HostImport, Imports } from '../vm/engine.ts';
import { BadPointer } from '../vm/memory.ts';
import { granted, remedy, type Grant, type Need } from './grants.ts';
import type { HostFunctionBody } from './host-function.ts';
import type { Host } from './host.ts';
import { hostFunction } from './registry.ts';
import { warnOnce } from './warn-once.ts';

/** The import object for what a module asks for: each function guarded, and an answer for what nobody knows. */
export function makeImports(asked: readonly WebAssembly.ModuleImportDescriptor[], host: Host): Imports {
  const imports: Record<string, Record<string, HostImport>> = {};
  for (const wanted of asked) {
    const { run, needs } = hostFunction(wanted.module, wanted.name) ?? {};
    const answers = wanted.module.startsWith('wasi_') ? wasi : env;
    const functions = (imports[wanted.module] ??= {});
    functions[wanted.name] = run
      ? restrict(host, wanted.name, needs, guard(host, wanted.name, run, answers), answers)
      : missing(host, wanted, answers);
  }
  return imports;
}

interface Answers {
  readonly unimplemented: number;
  readonly badPointer: number;
  readonly failure: number;
  readonly notGranted: number;
}

const env: Answers = {
  unimplemented: status.unimplemented,
  badPointer: status.invalidMemoryAccess,
  failure: status.internalFailure,
  notGranted: status.internalFailure,
};
const wasi: Answers = {
  unimplemented: errno.nosys,
  badPointer: errno.fault,
  failure: errno.nosys,
  notGranted: errno.notcapable,
};

type Argument = number | bigint | undefined;
type Body = (host: Host, ...args: Argument[]) => number;

/**
 * An exception of a host function must not become a trap of the plugin. What does end the instance passes: a trap of its
 * allocator, proc_exit, and the end of the stack, which cuts a host function at any place. Twelve parameters fit every
 * function of the ABI; 1 to 2 ns dearer than as many as needed, where a rest parameter costs 10 to 20.
 */
function guard(host: Host, name: string, body: HostFunctionBody, answers: Answers): HostImport {
  const run = body as Body;
  const guarded = (
    a: Argument,
    b: Argument,
    c: Argument,
    d: Argument,
    e: Argument,
    f: Argument,
    g: Argument,
    h: Argument,
    i: Argument,
    j: Argument,
    k: Argument,
    l: Argument,
  ): number => {
    try {
      return run(host, a, b, c, d, e, f, g, h, i, j, k, l);
    } catch (error) {
      if (error instanceof BadPointer) return answers.badPointer;
      if (error instanceof RangeError && error.message.includes('call stack')) host.fatal ??= error;
      if (host.fatal) throw error;
      host.log.error({ function: name, error: String(error) }, 'host function failed');
      return answers.failure;
    }
  };
  return guarded;
}

/** Chosen when the module is linked: a plugin that is granted all that a function needs calls the function itself. */
function restrict(
  host: Host,
  name: string,
  needs: Need | undefined,
  run: HostImport,
  answers: Answers,
): HostImport {
  const { capabilities } = host.plugin;
  if (needs === undefined) return run;
  const refuse = (grant: Grant): number => {
    warnOnce(
      host,
      `${name} ${grant}`,
      { function: name, remedy: remedy(grant) },
      'plugin called a function that it is not granted',
    );
    return answers.notGranted;
  };
  if (typeof needs === 'string') return granted(capabilities, needs) ? run : () => refuse(needs);
  const refused = needs.map((grant) => (granted(capabilities, grant) ? undefined : grant));
  if (refused.every((grant) => grant === undefined)) return run;
  const call = run as (type: number, ...rest: Argument[]) => number;
  return (type: number, ...rest: Argument[]): number => {
    const grant = refused[type >>> 0];
    return grant === undefined ? call(type, ...rest) : refuse(grant);
  };
}

function missing(host: Host, wanted: { module: string; name: string }, answers: Answers): HostImport {
  const name = `${wanted.module}.${wanted.name}`;
  return () => {
    warnOnce(host, name, { function: name }, 'plugin called a function that Loom does not have');
    return answers.unimplemented;
  };
}
