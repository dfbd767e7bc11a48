import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** Where `node:net` keeps the handle, which knows its number; not documented, and the same since Node 0.12. */
const handleKey = '_handle';

/**
 * The file descriptors that this process may have. When none is left, an accept that fails is tried again without an end, on a
 * thread that does nothing else (libuv waits for the level, not the edge), and its clients wait. So connections are ended before
 * that: those of clients first, then those to upstreams, and the last are for files, probes and the admin API.
 *
 * The kernel gives out the lowest number that is free (POSIX.1, section 2.6), so that of a new connection tells how many are in
 * use, of all threads, for nothing.
 */
export class Descriptors {
  readonly limit: number;
  readonly #clients: number;
  readonly #upstreams: number;

  constructor(limit: number) {
    this.limit = limit;
    // Infinity less a share of it would be no number, and nobody would be let in.
    const without = (kept: number): number => (limit === Infinity ? Infinity : limit - kept);
    this.#clients = without(Math.max(32, Math.floor(limit / 8)));
    this.#upstreams = without(Math.max(12, Math.floor(limit / 64)));
  }

  /** Whether a client may keep that connection. */
  areForClient(socket: Socket): boolean {
    return numberOf(socket) < this.#clients;
  }

  /** Whether a connection to an upstream may be kept. */
  areForUpstream(socket: Socket): boolean {
    return numberOf(socket) < this.#upstreams;
  }
}

/** 0 where it is not known. */
function numberOf(socket: Socket): number {
  const handle = (socket as unknown as { [handleKey]?: { readonly fd?: number } | null })[handleKey];
  return handle?.fd ?? 0;
}

export const descriptors = new Descriptors(openFiles());

/** The limit of this process (proc(5)); Infinity where it cannot be told. Node has raised it to the hard one at its start. */
function openFiles(): number {
  try {
    const [, soft = ''] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return Number(soft) || Infinity;
  } catch {
    return Infinity;
  }
}
