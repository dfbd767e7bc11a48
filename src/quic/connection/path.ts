import { randomBytes, timingSafeEqual } from 'node:crypto';

/** An address of UDP. */
export interface UdpAddress {
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

export const isSameAddress = (a: UdpAddress, b: UdpAddress): boolean =>
  a.port === b.port && a.address === b.address;

/** RFC 9000 section 8.1: before an address is validated it gets three times what came from it, and no more. */
const amplification = 3;

/** One way to the client (RFC 9000 sections 8 and 9). */
export class Path {
  readonly remote: UdpAddress;
  isValidated: boolean;
  received = 0;
  sent = 0;
  /** PATH_CHALLENGE that was sent and not answered. */
  #challenges: Buffer[] = [];
  /** `performance.now()` when it counts as failed. */
  failsAt = Infinity;

  constructor(remote: UdpAddress, isValidated: boolean) {
    this.remote = remote;
    this.isValidated = isValidated;
  }

  /** Bytes that may be sent. */
  get budget(): number {
    return this.isValidated ? Infinity : amplification * this.received - this.sent;
  }

  /** Data for a new PATH_CHALLENGE. */
  challenge(): Buffer {
    const data = randomBytes(8);
    this.#challenges.push(data);
    if (this.#challenges.length > 4) this.#challenges.shift();
    return data;
  }

  /** PATH_RESPONSE. @returns true when it answers a challenge of this path */
  answer(data: Buffer): boolean {
    if (!this.#challenges.some((one) => timingSafeEqual(one, data))) return false;
    this.isValidated = true;
    this.#challenges = [];
    this.failsAt = Infinity;
    return true;
  }
}
