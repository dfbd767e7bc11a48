import { lookup } from 'node:dns';

/** Asks the system for the addresses of a host, as connections do; none where there are none, or it failed. */
export class DnsLookup {
  #cancelled = false;

  constructor(host: string, found: (addresses: readonly string[]) => void) {
    lookup(host, { all: true }, (error, all) => {
      if (!this.#cancelled) found(error ? [] : all.map(({ address }) => address));
    });
  }

  cancel(): void {
    this.#cancelled = true;
  }
}
