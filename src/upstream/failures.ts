import { errors, LoomError, type ErrorCode } from '../errors.ts';

/** There was nobody to fail, or a client has asked for what the upstream never had: any client could open a breaker by that. */
const blameless = new Set<ErrorCode>([
  'no-endpoint',
  'no-healthy-endpoint',
  'breaker-open',
  'upgrade-unsupported',
]);

/** Whether a failure tells the circuit breaker and the passive health checks that the upstream is at fault. */
export const isFault = ({ code, isNeutral }: LoomError): boolean =>
  errors[code].side === 'upstream' && !isNeutral && !blameless.has(code);

/** This process, or this machine, has no file descriptor left: that says nothing of the upstream. */
export const isExhaustion = (error: Error & { code?: unknown }): boolean =>
  error.code === 'EMFILE' || error.code === 'ENFILE';

/** What the system says of a connection that a plugin wanted. `sent`: the call may have reached the callee. */
export function toLoomError(error: Error & { code?: unknown }, sent: boolean): LoomError {
  if (error instanceof LoomError) return error;
  const code = typeof error.code === 'string' ? error.code : '';
  // Several addresses of one name fail as one error, without a message of its own.
  const detail =
    error instanceof AggregateError && !error.message ? code || String(error.errors[0]) : error.message;
  if (isExhaustion(error)) return new LoomError('out-of-descriptors', detail, error);
  return new LoomError(sent ? 'upstream-reset' : 'connect-failed', detail, error);
}
