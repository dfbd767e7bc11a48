import { Client } from 'undici';

/** Most of an answer's body that is read; what is longer is cut off and counts as read. */
export const maxBodyBytes = 64 * 1024;

/** What a probe found. `result` is for people: `status 200`, `timeout`, `ECONNREFUSED`. */
export interface ProbeResult {
  readonly success: boolean;
  readonly result: string;
}

/**
 * One active health check: GET on a new connection, which also shows that the endpoint still accepts some. Success is a
 * status from 200 to 399 (no redirect is followed) whose body also ends, or passes `maxBodyBytes`, before `signal`
 * aborts. Never rejects.
 */
export async function probe(origin: string, path: string, signal: AbortSignal): Promise<ProbeResult> {
  // The limits in time are the signal's; those of undici would only give other names to the same failure.
  const client = new Client(origin, {
    connect: { timeout: 0 },
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });
  try {
    const headers = { 'user-agent': 'loom-health-check', accept: '*/*' };
    const { statusCode, body } = await client.request({ method: 'GET', path, headers, reset: true, signal });
    let bytes = 0;
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBodyBytes) break;
    }
    return { success: statusCode >= 200 && statusCode <= 399, result: `status ${statusCode}` };
  } catch (error) {
    return { success: false, result: signal.aborted ? 'timeout' : reason(error) };
  } finally {
    client.destroy().catch(() => {});
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
