import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Memory of ended instances that may wait for a garbage collection. V8 does not see how much hangs on the small objects
 * that stand for it: instances that end one after the other held 10 GB where 64 MiB were in use.
 */
const waitingBytes = 256 * 2 ** 20;

/** The memory of all plugin instances of one thread. */
export class MemoryAccount {
  readonly #limitBytes: number;
  readonly #collect: () => void;
  /** Not a Set, which could keep ended ones for long (`LiveSet` tells why). */
  readonly #living: WebAssembly.Memory[] = [];
  #waiting = 0;

  constructor(limitBytes: number, collect = collectGarbage) {
    this.#limitBytes = limitBytes;
    this.#collect = collect;
  }

  /** Throws an Error for people when that many bytes more would be too many. */
  admit(bytes: number): void {
    let used = bytes;
    for (const memory of this.#living) used += memory.buffer.byteLength;
    if (used + this.#waiting > this.#limitBytes) this.#sweep();
    if (used <= this.#limitBytes) return;
    const mebibytes = (size: number): number => Math.ceil(size / 2 ** 20);
    throw new Error(
      `the plugins of this worker would use ${mebibytes(used)} MiB; together they may use ${mebibytes(this.#limitBytes)} MiB`,
    );
  }

  add(memory: WebAssembly.Memory): void {
    this.#living.push(memory);
  }

  drop(memory: WebAssembly.Memory): void {
    const at = this.#living.indexOf(memory);
    if (at < 0) return;
    this.#living.splice(at, 1);
    this.#waiting += memory.buffer.byteLength;
    if (this.#waiting >= waitingBytes) this.#sweep();
  }

  #sweep(): void {
    this.#waiting = 0;
    this.#collect();
  }
}

let collect: ((options: { type: 'major'; execution: 'async' }) => Promise<void>) | undefined;

/** When the calls that go on have returned: what they still hold is not garbage. */
function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as typeof collect;
  }
  void collect?.({ type: 'major', execution: 'async' });
}
