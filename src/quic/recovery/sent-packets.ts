import type { SentPacket } from './sent-packet.ts';

/** Slots before the first packet that are kept until they are worth a move of all behind them. */
const slack = 256;

/**
 * The packets of one number space that are in flight, by their numbers, which ascend. A list with gaps, not a `Map`, for the reason that
 * `LiveSet` gives, and because what is acknowledged lies side by side.
 */
export class SentPackets {
  #packets: (SentPacket | undefined)[] = [];
  /** Of each packet, and of what was in a gap. */
  #numbers: number[] = [];
  /** Before it there are only gaps. */
  #head = 0;

  /** That with the lowest number. */
  get first(): SentPacket | undefined {
    return this.#packets[this.#head];
  }

  /** Its number is above that of all before it. */
  add(packet: SentPacket): void {
    this.#packets.push(packet);
    this.#numbers.push(packet.number);
  }

  /** Takes out those numbered `from` to `to`, both included, and appends them to `taken`, the highest number first. */
  take(from: number, to: number, taken: SentPacket[]): void {
    for (let at = this.#after(to) - 1; at >= this.#head && (this.#numbers[at] as number) >= from; at--) {
      const packet = this.#packets[at];
      if (!packet) continue;
      this.#packets[at] = undefined;
      taken.push(packet);
    }
    this.#shrink();
  }

  /** Those with numbers up to that, ascending. They may be taken out meanwhile. */
  upTo(number: number): SentPacket[] {
    return this.#packets.slice(this.#head, this.#after(number)).filter((packet) => packet !== undefined);
  }

  clear(): void {
    this.#packets = [];
    this.#numbers = [];
    this.#head = 0;
  }

  /** Index of the first number above that one. */
  #after(number: number): number {
    let low = this.#head;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] as number) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #shrink(): void {
    const { length } = this.#packets;
    while (this.#head < length && !this.#packets[this.#head]) this.#head++;
    if (this.#head === length) {
      this.#packets.length = this.#numbers.length = this.#head = 0;
    } else if (this.#head >= slack && this.#head * 2 >= length) {
      this.#packets.splice(0, this.#head);
      this.#numbers.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
