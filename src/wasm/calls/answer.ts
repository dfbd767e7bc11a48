import type { HeaderMap } from '../context/message-headers.ts';
import { mapType } from '../abi/enums.ts';

/** What the callback of a call may read, while it runs: the maps and buffers of the ABI that belong to calls. */
export interface CallAnswer {
  buffer(type: number): Buffer | undefined;
  map(type: number): HeaderMap | undefined;
}

const firstOfCalls = mapType.grpcInitialMetadata;

/** @param maps by type, as [name, value, …] */
export function answer(
  buffers: Readonly<Record<number, Buffer>>,
  maps: Readonly<Record<number, readonly string[]>> = {},
): CallAnswer {
  return {
    buffer: (type) => buffers[type],
    map: (type) => (type >= firstOfCalls && maps[type] ? new AnswerFields(maps[type]) : undefined),
  };
}

/** Nobody changes what has arrived for the plugin alone: writes do nothing. */
class AnswerFields implements HeaderMap {
  readonly problem = undefined;
  readonly #flat: readonly string[];

  constructor(flat: readonly string[]) {
    this.#flat = flat;
  }

  get size(): number {
    return this.#flat.length / 2;
  }

  get byteLength(): number {
    let bytes = 0;
    for (const part of this.#flat) bytes += part.length;
    return bytes;
  }

  get(name: string): string | undefined {
    for (let i = 0; i < this.#flat.length; i += 2) if (this.#flat[i] === name) return this.#flat[i + 1];
    return undefined;
  }

  pairs(): string[] {
    return this.#flat.slice();
  }

  add(): void {}
  replace(): void {}
  remove(): void {}
  setPairs(): void {}
}
