import { randomBytes } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createZstdDecompress, type BrotliDecompress } from 'node:zlib';
import { expect } from 'chai';
import { echoBackend, startBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources, type World } from '../support/world.ts';

/** Half of it cannot be compressed, half of it very well. */
const large = Buffer.concat(
  Array.from({ length: 40 }, () => [randomBytes(20_000), Buffer.alloc(20_000, 'again ')]).flat(),
);

const decoders: Readonly<Record<string, () => BrotliDecompress>> = {
  br: createBrotliDecompress,
  gzip: createGunzip,
  zstd: createZstdDecompress,
};

const ask = (world: World, path: string, headers: Record<string, string>): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(world.url + path, { headers, agent: false }, resolve).on('error', reject);
  });

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

bothSources('middleware', (start) => {
  let backend: Backend;
  let next: (() => void) | undefined;
  before(async () => {
    backend = await startBackend(({ url = '', headers }, response) => {
      if (url.startsWith('/large')) {
        response.setHeader('content-type', 'text/plain');
        response.setHeader('etag', '"one"');
        response.end(large);
      } else if (url.startsWith('/events')) {
        response.setHeader('content-type', 'text/event-stream');
        let i = 0;
        next = () => void response.write(`data: ${++i}\n\n`);
        next();
      } else {
        response.setHeader('access-control-allow-origin', 'https://somebody.else');
        response.end(String(headers['x-id'] ?? url));
      }
    });
  });
  after(() => backend.close());

  it('refuses addresses, answers browsers and compresses streams', async () => {
    const shadow = await echoBackend('shadow');
    const hanging = await startBackend(() => undefined);
    const world = await start(`
trusted_proxies: [127.0.0.1]
upstreams:
  - { name: web, endpoints: ["127.0.0.1:${backend.port}"] }
  - { name: shadow, endpoints: ["127.0.0.1:${shadow.port}"] }
  - { name: hanging, endpoints: ["127.0.0.1:${hanging.port}"] }
routes:
  - { id: inside, path: /inside, upstream: web, ip_access: { allow: [192.0.2.0/24], deny: [192.0.2.9] } }
  - id: script
    path: /script
    methods: [PUT]
    upstream: web
    rate_limits: { requests: 1, per: 1h }
    cors: { allow_origins: ["https://*.example.com", "~ https://x[0-9]"], allow_credentials: true }
  - id: failing
    path: /failing/:id
    methods: [GET]
    upstream: web
    request_headers: { set: { x-id: "\${param.id} of \${request.host}" } }
    faults: { delay: { duration: 1ms }, abort: { status: 502 } }
    error_responses:
      - codes: [fault-injected]
        bodies: [{ content_type: application/json, text: '{"code":"\${error.code}","id":"\${param.id}"}' }]
  - { id: echo, path: /echo/:id, upstream: web, request_headers: { set: { x-id: "\${param.id} of \${route}" } } }
  - { id: mirrored, path: /mirrored, upstream: web, mirrors: { shadow: 100, hanging: 100, gone: 100 } }
  - { id: files, path: /*, upstream: web, compression: {} }
`);
    const from = async (client: string): Promise<number> =>
      (await fetch(`${world.url}/inside`, { headers: { 'x-forwarded-for': client } })).status;
    expect([await from('192.0.2.1'), await from('192.0.2.9'), await from('198.51.100.1')]).to.deep.equal([
      200, 403, 403,
    ]);

    const origin = 'https://shop.example.com';
    const preflight = await fetch(`${world.url}/script`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).to.deep.equal([
      204,
      origin,
    ]);
    const put = () => fetch(`${world.url}/script`, { method: 'PUT', headers: { origin } });
    for (const status of [200, 429]) {
      const response = await put();
      expect(response.status).to.equal(status);
      expect(response.headers.get('access-control-allow-origin')).to.equal(origin);
      expect(response.headers.get('access-control-allow-credentials')).to.equal('true');
    }

    const failing = await fetch(`${world.url}/failing/7`);
    expect([failing.status, await failing.json()]).to.deep.equal([502, { code: 'fault-injected', id: '7' }]);
    expect(await (await fetch(`${world.url}/echo/7`)).text()).to.equal(`7 of ${world.id('echo')}`);

    const answers = await Promise.all(
      ['first', 'second'].map(async (body) =>
        (await fetch(`${world.url}/mirrored?${body}`, { method: 'POST', body })).text(),
      ),
    );
    expect(answers).to.deep.equal(['/mirrored?first', '/mirrored?second']);
    await eventually('the mirrors have both', () => shadow.seen.length === 2 && hanging.seen.length === 2);
    expect(shadow.seen.map(({ method, url }) => `${method} ${url}`)).to.have.members([
      'POST /mirrored?first',
      'POST /mirrored?second',
    ]);
    expect(shadow.seen[0]?.headers['content-length']).to.match(/^[56]$/);
    await shadow.close();
    await hanging.close();

    for (const [coding, make] of Object.entries(decoders)) {
      const response = await ask(world, '/large', { 'accept-encoding': coding });
      const { headers } = response;
      expect([headers['content-encoding'], headers.etag, headers.vary]).to.deep.equal([
        coding,
        'W/"one"',
        'accept-encoding',
      ]);
      expect((await read(response.pipe(make()))).equals(large)).to.equal(true);

      const events = await ask(world, '/events', { 'accept-encoding': coding });
      let seen = '';
      events.pipe(make()).on('data', (piece: Buffer) => (seen += piece.toString()));
      for (const i of [1, 2, 3]) {
        await eventually(`event ${i} has come`, () => seen.endsWith(`data: ${i}\n\n`));
        next?.();
      }
      events.destroy();
    }
    const plain = await ask(world, '/large', { 'accept-encoding': 'identity' });
    expect((await read(plain)).equals(large)).to.equal(true);

    const scrape = async (): Promise<string> => (await fetch(`${world.admin}/metrics`)).text();
    for (const line of [
      `route="${world.id('inside')}",rule="main",middleware="ipAccess",outcome="denied"} 2`,
      `route="${world.id('script')}",rule="main",middleware="cors",outcome="preflight"} 1`,
      `route="${world.id('files')}",rule="main",middleware="compression",outcome="compressed"} 6`,
    ])
      await eventually(line, async () => (await scrape()).includes(`${line}\n`));
  });
});
