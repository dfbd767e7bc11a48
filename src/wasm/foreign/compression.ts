import { deflateSync, inflateSync } from 'node:zlib';
import { status } from '../abi/status.ts';
import type { ForeignFunction } from './foreign-function.ts';

/** A few bytes can inflate to gigabytes. */
const maxOutputLength = 16 << 20;

/** The zlib format (RFC 1950), as Envoy's. */
export const compress: ForeignFunction = (_host, argument) => deflateSync(argument);

export const uncompress: ForeignFunction = (_host, argument) => {
  try {
    return inflateSync(argument, { maxOutputLength });
  } catch {
    return status.serializationFailure;
  }
};
