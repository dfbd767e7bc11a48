import type { ScriptedBackend } from './backend.ts';
import type { Use } from './case.ts';

/** A chain of plugins under a name of its own, which is also the first label of the host that requests to it carry. */
export interface Chain {
  readonly name: string;
  readonly plugins: readonly (Use & { readonly path: string })[];
}

/** What is the same module shares a VM, which saves most of the time to start; not so the probes, nor where a root is chosen. */
export const vmOf = (chain: Chain, { module, rootId }: Use): string =>
  module === 'probe' || rootId !== undefined ? chain.name : module;

/** The servers behind one proxy. Plugins know the second as `other` and as `httpbin`. */
export interface Backends {
  readonly backend: ScriptedBackend;
  readonly other: ScriptedBackend;
  /** A port where nobody listens: one below those that the system gives to others meanwhile. */
  readonly nobody: number;
}

/** A line that a plugin logged; the plugin is called by its chain and its place in that, `c7-0`. */
export interface Said {
  readonly plugin: string;
  readonly text: string;
}

/** A proxy that runs the chains, as a process of its own. */
export interface Proxy {
  readonly name: string;
  readonly port: (chain: Chain) => number;
  /** What plugins have logged, in order. */
  readonly said: readonly Said[];
  /** The scrape of its metrics. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}
