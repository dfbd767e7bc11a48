import type { ErrorCode } from '../../errors.ts';

/** Bits of `response.flags` (Envoy's `ResponseFlag`), for the failures that mean the same there. */
const flags: Partial<Record<ErrorCode, number>> = {
  'no-healthy-endpoint': 0x2,
  'no-endpoint': 0x2,
  'response-timeout': 0x4,
  'idle-timeout': 0x4,
  'exchange-timeout': 0x4,
  'upstream-reset': 0x10,
  'connect-failed': 0x20,
  'connect-timeout': 0x20,
  'breaker-open': 0x80,
  'no-route': 0x100,
  'client-abort': 0x4000,
};

export const responseFlags = (code: ErrorCode | undefined): number =>
  code === undefined ? 0 : (flags[code] ?? 0);
