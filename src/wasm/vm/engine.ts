/**
 * What Loom needs of a WebAssembly engine. `v8.ts` is the one implementation; a budget, a pool of instances or another
 * engine goes behind this interface.
 */
export interface Engine {
  /** Links and instantiates; runs the module's start section. Throws what the engine throws. */
  instantiate(module: WebAssembly.Module, imports: Imports): Instance;
}

export type HostImport = (...args: never[]) => number | undefined;
export type Imports = Readonly<Record<string, Readonly<Record<string, HostImport>>>>;

/** An exported function. Parameters beyond those that it has are dropped; a call may throw (a trap, or what an import threw). */
export type GuestFunction = (...args: number[]) => number;

export interface Instance {
  readonly memory: WebAssembly.Memory;
  /** Undefined when the module exports no function of that name. */
  call(name: string): GuestFunction | undefined;
}
