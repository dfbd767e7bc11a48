import { randomBytes } from 'node:crypto';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'chai';
import { echoBackend, startBackend, type Backend, type Echo } from '../support/backend.ts';
import { bothSources } from '../support/world.ts';

bothSources('decompression', (start) => {
  let backend: Backend;
  let counting: Backend;
  before(async () => {
    backend = await echoBackend('web');
    counting = await startBackend((request, response) => {
      let bytes = 0;
      request.on('data', (piece: Buffer) => (bytes += piece.length));
      request.on('end', () => response.end(String(bytes)));
    });
  });
  after(async () => {
    await backend.close();
    await counting.close();
  });

  it('gives the upstream bodies in clear, and holds them to limits', async () => {
    const world = await start(`
upstreams:
  - { name: web, endpoints: ["127.0.0.1:${backend.port}"] }
  - { name: counting, endpoints: ["127.0.0.1:${counting.port}"] }
routes:
  - { id: clear, path: /clear, upstream: web, decompression: { max_bytes: 1000000 } }
  - { id: large, path: /large, upstream: counting, decompression: {} }
  - { id: limited, path: /limited, upstream: web, decompression: {}, max_request_body_bytes: 1000 }
`);
    const post = (path: string, encoding: string, body: Buffer): Promise<Response> =>
      fetch(world.url + path, {
        method: 'POST',
        headers: { 'content-encoding': encoding },
        body: new Uint8Array(body),
      });
    for (const [encoding, body] of [
      ['gzip', gzipSync('hello')],
      ['br', brotliCompressSync('hello')],
      ['zstd', zstdCompressSync('hello')],
    ] as const) {
      const echo = (await (await post('/clear', encoding, body)).json()) as Echo;
      expect([echo.body, echo.headers['content-encoding']]).to.deep.equal(['hello', undefined]);
    }
    const other = (await (await post('/clear', 'compress', Buffer.from('hello'))).json()) as Echo;
    expect([other.body, other.headers['content-encoding']]).to.deep.equal(['hello', 'compress']);

    const large = Buffer.concat([randomBytes(1 << 20), Buffer.alloc(4 << 20)]);
    expect(await (await post('/large', 'gzip', gzipSync(large))).text()).to.equal(String(large.length));

    expect((await post('/clear', 'gzip', Buffer.from('no gzip'))).status).to.equal(400);
    expect((await post('/clear', 'gzip', gzipSync('hello').subarray(0, 12))).status).to.equal(400);
    const bomb = gzipSync(Buffer.alloc(2_000_000));
    const refused = await post('/clear', 'gzip', bomb);
    expect([refused.status, (await refused.text()).split(':')[0]]).to.deep.equal([413, 'body-too-large']);
    expect((await post('/limited', 'gzip', gzipSync(Buffer.alloc(1001)))).status).to.equal(413);
    expect((await post('/limited', 'gzip', gzipSync(Buffer.alloc(1000)))).status).to.equal(200);

    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    const line = `loom_middleware_requests_total{route="${world.id('clear')}",rule="main",middleware="decompression",outcome=`;
    expect(metrics).to.include(`${line}"decompressed"} 6`).and.include(`${line}"passed"} 1`);
  });
});
