import { Client } from 'undici';
import type { ProbeResult } from '../../balance/health-target.ts';
import { fieldsOf, judge, readBody } from './expected.ts';
import type { Site } from './probe.ts';

/** A GET over HTTP/1.1. The answer must be the expected one, and end or pass `maxBodyBytes`. Rejects with what broke it. */
export async function probeHttp1({
  transport,
  host,
  port,
  authority,
  check,
  signal,
}: Site): Promise<ProbeResult> {
  // The limits in time are the signal's; those of undici would only give other names to the same failure.
  const client = new Client(`${transport.scheme}://${authority}`, {
    connect: (_options, callback) => {
      const socket = transport.connect(host, port);
      const failed = (error: Error): void => callback(error, null);
      socket.once('error', failed).once(transport.connectEvent, () => {
        socket.off('error', failed);
        callback(null, socket);
      });
      // With an error, or undici would wait for a connection that never comes: a request that waits for one cannot be aborted.
      const abort = (): void => void socket.destroy(new Error('aborted'));
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    },
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });
  try {
    const { statusCode, body } = await client.request({
      method: 'GET',
      path: check.path ?? '/',
      headers: { ...fieldsOf(check), host: check.host ?? authority },
      reset: true,
      signal,
    });
    return judge(check, statusCode, await readBody(body));
  } finally {
    client.destroy().catch(() => {});
  }
}
