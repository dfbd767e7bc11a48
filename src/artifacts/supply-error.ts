/** Why a module is not there, as the condition ResolvedRefs says it. */
export type SupplyReason =
  | 'Fetching'
  | 'FetchFailed'
  | 'Unauthorized'
  | 'NotFound'
  | 'TooLarge'
  | 'DigestMismatch'
  | 'SignatureInvalid'
  | 'NotAllowed'
  | 'InvalidModule'
  | 'SecretNotFound'
  | 'InvalidSecret';

/** A module could not be had. The message is a part of a sentence for people, without a stop at its end. */
export class SupplyError extends Error {
  readonly reason: SupplyReason;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: SupplyReason, message: string, retryAfterMs?: number, cause?: unknown) {
    super(message, { cause });
    this.name = 'SupplyError';
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}
