/**
 * What Loom needs of a WebAssembly engine, on one thread. `v8.ts` is the one implementation; limits of memory and time are
 * kept behind this interface.
 */
export interface Engine {
  readonly deadline: Deadline;
  /**
   * Links and instantiates a module of `compileModule`; runs its start section. Its memory grows to `memoryBytes` at most.
   * Throws what the engine throws, and an Error for people when the module begins with more.
   */
  instantiate(module: WebAssembly.Module, imports: Imports, memoryBytes: number): Instance;
}

/** How long calls into the guests of this thread may compute. `enter` and `leave` come in pairs. */
export interface Deadline {
  /** A call begins that traps after `limitMs` of CPU time, 0 for never. False within another call: the limit of that one holds. */
  enter(limitMs: number): boolean;
  /** It has ended; whether its limit had passed. After an `enter` that was true. */
  leave(): boolean;
  /** Milliseconds that the last call took, to 4 ms and right in the mean; only of calls with a limit. */
  readonly tookMs: number;
}

export type HostImport = (...args: never[]) => number | undefined;
export type Imports = Readonly<Record<string, Readonly<Record<string, HostImport>>>>;

/** An exported function. Parameters beyond those that it has are dropped; a call may throw (a trap, or what an import threw). */
export type GuestFunction = (...args: number[]) => number;

export interface SavedState {
  readonly memory: Uint8Array;
  readonly globals: readonly (number | bigint)[];
}

export interface Instance {
  readonly memory: WebAssembly.Memory;
  /** Undefined when the module exports no function of that name. */
  call(name: string): GuestFunction | undefined;
  /** What calls may change of it, as it is now; undefined when that cannot be had. */
  save(): SavedState | undefined;
  /** Puts it back. False when the memory has grown since, which cannot be undone. */
  restore(saved: SavedState): boolean;
  /** It is not called any more: its memory counts as given back. */
  release(): void;
}
