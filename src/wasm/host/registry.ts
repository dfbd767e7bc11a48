import { envFunctions } from './env-registry.ts';
import type { HostFunction } from './host-function.ts';
import { wasiFunctions } from './wasi-registry.ts';

/**
 * Every function that a Proxy-Wasm module may import, in all versions of the ABI at once: a module gets those that it asks
 * for. A line without `run` is part of the ABI and not there yet. docs/proxy-wasm.md has the same table.
 */
export const registry: readonly HostFunction[] = [...envFunctions, ...wasiFunctions];

const byName: ReadonlyMap<string, HostFunction> = new Map(
  registry.map((entry) => [`${entry.module}.${entry.name}`, entry]),
);

/** The line for an import; WASI's older module name means the same functions. */
export const hostFunction = (module: string, name: string): HostFunction | undefined =>
  byName.get(`${module === 'wasi_unstable' ? 'wasi_snapshot_preview1' : module}.${name}`);

/** What a module asks for, without the memories that the engine gives it. */
export const functionImports = (module: WebAssembly.Module): readonly WebAssembly.ModuleImportDescriptor[] =>
  WebAssembly.Module.imports(module).filter(({ kind }) => kind === 'function');

/** Imports of a module, as `module.name`, that nothing stands behind. */
export function unimplementedImports(module: WebAssembly.Module): readonly string[] {
  return functionImports(module)
    .filter((wanted) => !hostFunction(wanted.module, wanted.name)?.run)
    .map((wanted) => `${wanted.module}.${wanted.name}`);
}
