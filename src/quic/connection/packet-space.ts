import type { ApplicationKeys } from '../crypto/application-keys.ts';
import type { PacketKeys } from '../crypto/packet-keys.ts';
import { levels, type Level } from '../levels.ts';
import { ReceivedPackets } from '../recovery/received-packets.ts';
import type { Carried } from '../recovery/sent-packet.ts';
import { Reassembly } from '../streams/reassembly.ts';
import { SendBuffer } from '../streams/send-buffer.ts';

/** What one level of encryption has for itself (RFC 9000 section 12.3, RFC 9001 section 4.1). */
export class PacketSpace {
  readonly level: Level;
  /** Undefined before they are known and after they are discarded; the application has `ApplicationKeys`. */
  read: PacketKeys | undefined;
  write: PacketKeys | undefined;
  nextNumber = 0;
  /** Packets that must leave although the window is full (RFC 9002 section 6.2.4). */
  probes = 0;
  readonly received = new ReceivedPackets();
  readonly cryptoIn = new Reassembly();
  readonly cryptoOut = new SendBuffer();

  constructor(level: Level) {
    this.level = level;
  }

  get hasCrypto(): boolean {
    return this.cryptoOut.hasLost || this.cryptoOut.unsent > 0;
  }

  discard(): void {
    this.read = this.write = undefined;
    this.probes = 0;
    this.received.onAckSent();
    this.cryptoOut.clear();
    this.cryptoIn.clear();
  }
}

/** The three of a connection, and the keys of the last one. */
export interface Spaces {
  readonly all: readonly [PacketSpace, PacketSpace, PacketSpace];
  application: ApplicationKeys | undefined;
  /** The client has shown that it knows the keys (RFC 9001 section 5.7). */
  isApplicationReadable: boolean;
}

export const makeSpaces = (): Spaces => ({
  all: [
    new PacketSpace(levels.initial),
    new PacketSpace(levels.handshake),
    new PacketSpace(levels.application),
  ],
  application: undefined,
  isApplicationReadable: false,
});

/** What a packet has carried of a handshake. */
export class CryptoPiece implements Carried {
  readonly #buffer: SendBuffer;
  readonly #from: number;
  readonly #to: number;

  constructor(buffer: SendBuffer, from: number, to: number) {
    this.#buffer = buffer;
    this.#from = from;
    this.#to = to;
  }

  acked(): void {
    this.#buffer.acked(this.#from, this.#to);
  }

  lost(): void {
    this.#buffer.lost(this.#from, this.#to);
  }
}

/** An acknowledgement that a packet has carried: when it has come, older packets need not be acknowledged again. */
export class CarriedAck implements Carried {
  readonly #received: ReceivedPackets;
  readonly #largest: number;

  constructor(received: ReceivedPackets) {
    this.#received = received;
    this.#largest = received.largest;
  }

  acked(): void {
    this.#received.forgetUpTo(this.#largest);
  }

  lost(): void {
    // A newer one goes with the next packet.
  }
}
