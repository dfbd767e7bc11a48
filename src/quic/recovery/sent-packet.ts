/** Something that a packet has carried and that must arrive (RFC 9000 section 13.3). Both may be called more than once. */
export interface Carried {
  acked(): void;
  /** It is to be sent again, if it still means anything. */
  lost(): void;
}

/** RFC 9002 appendix A.1. */
export interface SentPacket {
  readonly number: number;
  /** `performance.now()` */
  readonly sentAt: number;
  readonly bytes: number;
  readonly isEliciting: boolean;
  /** Counts as in flight; what holds nothing but acknowledgements does not. */
  readonly isInFlight: boolean;
  readonly carried: readonly Carried[];
  /** Asks whether the path takes datagrams of that size: its loss says nothing about congestion (RFC 9000 section 14.4). */
  readonly isSizeProbe: boolean;
}
