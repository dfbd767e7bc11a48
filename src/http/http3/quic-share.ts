/** What the QUIC of all workers has in common. */
export interface QuicShare {
  /** Which worker this is, and of how many. */
  readonly worker: number;
  readonly workers: number;
  /** 32 bytes, the same in all of them. */
  readonly secret: Uint8Array;
  /** Open handshakes from which on a client must prove its address first; what is usual where it is not said. */
  readonly retryFrom?: number;
  /** Packets of one key; what the cipher allows where it is not said. */
  readonly updateKeysAfter?: number;
}
