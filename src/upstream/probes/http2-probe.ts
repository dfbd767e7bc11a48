import { connect, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import type { ProbeResult } from '../../balance/health-target.ts';
import { fieldsOf, judge, readBody } from './expected.ts';
import type { Site } from './probe.ts';

/** The same as over HTTP/1.1, on a connection of HTTP/2. */
export function probeHttp2(site: Site): Promise<ProbeResult> {
  const { check } = site;
  return withSession(site, async (session) => {
    const head = { ...headOf(site), ':method': 'GET', ':path': check.path ?? '/' };
    const stream = session.request(head, { endStream: true, signal: site.signal });
    let status = 0;
    stream.on('response', (headers) => (status = headers[':status'] ?? 0));
    const body = await readBody(stream);
    if (status === 0) throw new Error('no answer');
    return judge(check, status, body);
  });
}

export const headOf = ({ transport, authority, check }: Site): OutgoingHttpHeaders => ({
  ...fieldsOf(check),
  ':scheme': transport.scheme,
  ':authority': check.host ?? authority,
});

/** Runs `ask` on a connection of its own, which is gone afterwards. Rejects with what broke the connection, too. */
export async function withSession(
  { transport, host, port, authority, signal }: Site,
  ask: (session: ClientHttp2Session) => Promise<ProbeResult>,
): Promise<ProbeResult> {
  const session = connect(`${transport.scheme}://${authority}`, {
    createConnection: () => transport.connect(host, port),
  });
  const abort = (): void => session.destroy();
  signal.addEventListener('abort', abort, { once: true });
  const broken = Promise.withResolvers<never>();
  session.on('error', (error) => broken.reject(error));
  session.on('close', () => broken.reject(new Error('the connection was closed')));
  try {
    return await Promise.race([ask(session), broken.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    session.destroy();
    broken.promise.catch(() => {});
  }
}
