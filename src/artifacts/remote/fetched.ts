import type { HttpTiming } from '../http/client.ts';
import type { DiskCache } from '../cache.ts';
import type { Flights } from './flights.ts';

/** Bytes of a module, and what else they may be known by. */
export interface Fetched {
  readonly bytes: Uint8Array;
  /** For people: `registry/repository@sha256:…`, or the URL. */
  readonly from: string;
  /** Digests that `sha256` of a plugin may name beside that of the module: of manifests, or of the file as it was served. */
  readonly digests: readonly string[];
  /** Whether a signature was asked for and found. */
  readonly isSigned: boolean;
}

/** What all that is fetched has in common. */
export interface FetchContext {
  readonly cache: DiskCache;
  readonly flights: Flights;
  readonly policy: SourcePolicy;
  readonly timing: HttpTiming;
  /** Bytes that came over the network. */
  readonly received: (bytes: number) => void;
}

/** What the process permits, whatever an object says. */
export interface SourcePolicy {
  /** See `checkAllowed`. */
  readonly allow: readonly string[];
  /** PEM; empty: signatures are not required. */
  readonly publicKeys: readonly string[];
  /** Who writes plugins must not reach the machine itself. */
  readonly foreignOnly?: boolean;
}

/** undefined: only what is on the disk. */
export type Online = { readonly signal: AbortSignal; readonly dockerConfig: string | undefined } | undefined;
