import { LoomError } from '../errors.ts';

/** What the system says of a connection that a plugin wanted. `sent`: the call may have reached the callee. */
export function toLoomError(error: Error & { code?: unknown }, sent: boolean): LoomError {
  if (error instanceof LoomError) return error;
  const code = typeof error.code === 'string' ? error.code : '';
  // Several addresses of one name fail as one error, without a message of its own.
  const detail =
    error instanceof AggregateError && !error.message ? code || String(error.errors[0]) : error.message;
  return new LoomError(sent ? 'upstream-reset' : 'connect-failed', detail, error);
}
