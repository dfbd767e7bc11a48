export interface HandshakeLimits {
  /** Handshakes at once that clients may have begun: of all, and of one address. */
  readonly maxHandshakes: number;
  readonly maxHandshakesPerAddress: number;
  /** From so many on, a client must show first that it is where it says. */
  readonly retryFrom: number;
}

/** Counts handshakes that are not complete: what a client can begin with an address that is not its own. */
export class HandshakeCensus {
  readonly #limits: HandshakeLimits;
  readonly #byAddress = new Map<string, number>();
  #all = 0;

  constructor(limits: HandshakeLimits) {
    this.#limits = limits;
  }

  /** `isValidated`: by a token. */
  judge(address: string, isValidated: boolean): 'accept' | 'retry' | 'handshakes' | 'address' {
    const { maxHandshakes, maxHandshakesPerAddress, retryFrom } = this.#limits;
    if (!isValidated && this.#all >= retryFrom) return 'retry';
    if (this.#all >= maxHandshakes) return 'handshakes';
    return (this.#byAddress.get(address) ?? 0) >= maxHandshakesPerAddress ? 'address' : 'accept';
  }

  begin(address: string): void {
    this.#all++;
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
  }

  end(address: string): void {
    this.#all--;
    const left = (this.#byAddress.get(address) ?? 0) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}
