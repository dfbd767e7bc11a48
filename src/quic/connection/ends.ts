import { transportCodes } from '../errors.ts';
import type { ConnectionEnd } from './options.ts';

/** Nobody was there any more. */
export const timeout = (reason: string, code: number = transportCodes.none): ConnectionEnd => ({
  by: 'timeout',
  code,
  isApplication: false,
  reason,
});

/** We have ended it, with a code of the transport. */
export const ended = (code: number, reason: string): ConnectionEnd => ({
  by: 'us',
  code,
  isApplication: false,
  reason,
});
