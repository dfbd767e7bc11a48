import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { ignore } from '../http/world.ts';
import { Gateway } from './world.ts';

/** Fields of up to 64 KiB (nghttp2 takes no larger ones), and more than a frame of HEADERS carries (RFC 9113 section 4.2): the rest comes in CONTINUATION. */
const kilobytes = (count: number): string => 'x'.repeat(count * 1024);

describe('large heads of HTTP/2', () => {
  const gateway = new Gateway();
  const server = createServer({
    settings: { maxHeaderListSize: 1 << 20 },
    maxSendHeaderBlockLength: 1 << 20,
    maxHeaderListPairs: 2000,
  });
  let port: number;
  before(async () => {
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      stream.on('error', ignore);
      const many = headers['x-many'] ? 500 : Number(headers['x-wanted']);
      const size = headers['x-many'] ? 0.1 : 32;
      const some = Object.fromEntries(Array.from({ length: many }, (_, i) => [`x-${i}`, kilobytes(size)]));
      stream.respond(some, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': kilobytes(32) }));
      stream.end(`${headers['x-large']?.length ?? 0}`);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = (server.address() as AddressInfo).port;
    port = await gateway.start([own], { upstream: { protocol: 'H2c' } });
  });
  after(async () => {
    await gateway.close();
    server.close();
  });

  async function ask(
    fields: Record<string, string>,
  ): Promise<{ head: Record<string, unknown>; body: string; sum: number }> {
    const session = connect(`http://127.0.0.1:${port}`, {
      settings: { maxHeaderListSize: 1 << 20 },
      maxHeaderListPairs: 2000,
    });
    session.on('error', ignore);
    try {
      const stream = session.request({ ':path': '/', ...fields });
      let sum = 0;
      stream.on('trailers', (trailers) => (sum = String(trailers['x-sum']).length));
      const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
      return { head, body: await text(stream), sum };
    } finally {
      session.destroy();
    }
  }

  it('pass to the upstream up to the limit of the listener', async () => {
    expect((await ask({ 'x-large': kilobytes(60), 'x-wanted': '1' })).body).to.equal(String(60 * 1024));
  });

  it('pass to the client, with large trailers', async () => {
    const { head, sum } = await ask({ 'x-wanted': '4' });
    expect([String(head['x-3']).length, sum]).to.deep.equal([32 * 1024, 32 * 1024]);
  });

  it('pass with five hundred fields, both ways', async () => {
    const many = Array.from({ length: 500 }, (_, i) => [`x-${i}`, '1']);
    const { head } = await ask({ ...Object.fromEntries(many), 'x-many': 'yes' });
    expect(gateway.exchanges.at(-1)?.request.headers.get('x-499')).to.equal('1');
    expect(Object.keys(head).filter((name) => /^x-\d/.test(name)).length).to.equal(500);
  });

  it('are refused from the upstream above what nghttp2 takes, and later requests are served', async () => {
    expect((await ask({ 'x-wanted': '12' })).head[':status']).to.equal(502);
    expect((await ask({ 'x-wanted': '1' })).head[':status']).to.equal(200);
  });
});
