import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { startEcho } from '../support/websocket.ts';
import { echo as sayBack, upstream } from '../feature/wires.ts';
import { Chromium } from './chromium.ts';
import { Relay } from './relay.ts';
import { big, startSite, type Site } from './site.ts';
import { startHttp3, type Http3World } from './world.ts';

const bigSum = createHash('sha256').update(big).digest('hex');
const downloads = Number(process.env['LOOM_HTTP3_DOWNLOADS'] ?? 8);
const seed = Number(process.env['LOOM_HTTP3_SEED'] ?? Date.now() % 1_000_000);
const hosts = Array.from({ length: 50 }, (_, i) => `h${i}.test`);

/** For the scripts: what is at a path, and the hash of a body. */
const words = `
const text = async (path, more) => (await fetch(path, more)).text();
const post = (path, size) => text(path, { method: 'POST', body: 'x'.repeat(size) });
const sum = async (path) => {
  const bytes = await (await fetch(path, { cache: 'no-store' })).arrayBuffer();
  const hash = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};
`;

describe(`HTTP/3 as Chromium speaks it (LOOM_HTTP3_SEED=${seed})`, function () {
  this.timeout(120_000);
  let site: Site;
  let careful: Site;
  let brief: Site;
  let server: Server;
  let sockets: Awaited<ReturnType<typeof startEcho>>;
  let loom: Http3World;
  let browser: Chromium;
  const relays: Relay[] = [];
  const ports: number[] = [];

  before(async () => {
    site = await startSite();
    careful = await startSite({ retryFrom: 0, updateKeysAfter: 500 });
    brief = await startSite({ limits: { keepAliveMs: 500 } });
    server = (upstream['http'] as NonNullable<(typeof upstream)[string]>)(sayBack).listen(0, '127.0.0.1');
    await once(server, 'listening');
    sockets = await startEcho();
    const route = (name: string, host: string): string =>
      `  - { id: r-${name}, hosts: [${host}], path: '/*', tls: ${name}, direct_response: { status: 200, body: ${host} }, cors: { allow_origins: ["*"] } }`;
    const rest = (routes: readonly string[]): string => `
access_log: { enabled: true }
upstreams:
  - { name: echo, endpoints: ['127.0.0.1:${(server.address() as AddressInfo).port}'] }
  - { name: sockets, endpoints: ['127.0.0.1:${sockets.port}'] }
routes:
  - { id: echo, hosts: [localhost], tls: own, path: '/echo/*', upstream: echo }
  - { id: chat, hosts: [localhost], tls: own, path: /chat, upstream: sockets }
${routes.join('\n')}
`;
    const own = route('own', 'localhost');
    loom = await startHttp3(rest([own]));
    const certificates = hosts.map((host, i) => loom.issue(`c${i}`, `/CN=${host}`, `DNS:${host}`));
    await loom.edit(certificates, rest([own, ...hosts.map((host, i) => route(`c${i}`, host))]));
    for (const options of [
      { loss: 0.05, reordering: 0, seed },
      { loss: 0.01, reordering: 0.05, seed },
      { loss: 0, reordering: 0, seed, rebindAfter: 2000 },
    ]) {
      const relay = new Relay(site.port, options);
      relays.push(relay);
      ports.push(await relay.start());
    }
    const local = [site.port, careful.port, brief.port, loom.port, ...ports].map(
      (port) => `localhost:${port}`,
    );
    browser = await Chromium.start({
      origins: [...local, ...hosts.map((host) => `${host}:${loom.port}`)],
      certificates: [site.certificate, careful.certificate, brief.certificate, loom.authority.cert],
    });
  });
  after(async () => {
    await browser.close();
    for (const relay of relays) relay.close();
    site.close();
    careful.close();
    brief.close();
    await loom.stop();
    sockets.close();
    server.close();
  });
  afterEach(() => {
    expect([...site.failures, ...careful.failures, ...brief.failures]).to.deep.equal([]);
    expect(new Set(browser.responses.map(({ protocol }) => protocol))).to.deep.equal(new Set(['h3']));
  });

  const visit = async (port: number, body: string): Promise<unknown> => {
    await browser.open(`https://localhost:${port}/`);
    return browser.run(words + body);
  };

  it('gets and sends, and asks a hundred times at once, on one connection', async () => {
    const before = site.listener.http3?.handshakes ?? 0;
    expect(await visit(site.port, "return [await text('/'), await post('/', 1_000_000)]")).to.deep.equal([
      '0',
      '1000000',
    ]);
    const many = `return Promise.all(Array.from({ length: 100 }, (_, i) => text('/echo', { method: 'POST', body: String(i) })))`;
    expect(await browser.run(words + many)).to.deep.equal(Array.from({ length: 100 }, (_, i) => `${i}`));
    expect((site.listener.http3?.handshakes ?? 0) - before).to.equal(1);
  });

  it(`downloads 10 MB ${downloads} times without a stall`, async function () {
    this.timeout(30_000 * downloads);
    await browser.open(`https://localhost:${site.port}/`);
    for (let i = 0; i < downloads; i++)
      expect(await browser.run(`${words} return sum('/big')`)).to.equal(bigSum);
  });

  it('takes requests back', async () => {
    const before = site.aborted.length;
    const cancel = `
const controllers = Array.from({ length: 20 }, () => new AbortController());
const asked = controllers.map(({ signal }, i) => text('/silent?' + i, { signal }).catch(({ name }) => name));
globalThis.cancel = () => { for (const one of controllers) one.abort(); return Promise.all(asked); };`;
    await visit(site.port, cancel);
    await eventually('all have come', () => site.silent.length >= 20);
    expect(await browser.run('return cancel()')).to.deep.equal(
      Array.from({ length: 20 }, () => 'AbortError'),
    );
    await eventually('all are aborted', () => site.aborted.length === before + 20);
    expect(await browser.run(`${words} return text('/')`)).to.equal('0');
  });

  it('is shown the certificate of each of fifty hosts', async () => {
    const before = await loom.metric('loom_http3_handshakes_total');
    const list = JSON.stringify(hosts.map((host) => `https://${host}:${loom.port}/`));
    expect(await visit(loom.port, `return Promise.all(${list}.map((url) => text(url)))`)).to.deep.equal(
      hosts,
    );
    for (const host of hosts) {
      const seen = browser.responses.find(({ url }) => url === `https://${host}:${loom.port}/`);
      expect([seen?.subject, seen?.group]).to.deep.equal([host, 'X25519MLKEM768']);
    }
    expect((await loom.metric('loom_http3_handshakes_total')) - before).to.be.at.least(51);
  });

  it('proves its address by a Retry, and follows key updates of ours', async () => {
    expect(await visit(careful.port, "return [await sum('/big'), await post('/', 1_000_000)]")).to.deep.equal(
      [bigSum, '1000000'],
    );
    expect(careful.listener.http3?.retries).to.be.greaterThan(0);
  });

  it('resumes a session once its connection was idle for too long', async () => {
    expect(await visit(brief.port, "return text('/')")).to.equal('0');
    await eventually('it is closed', () => brief.listener.connections === 0);
    expect(await browser.run(`${words} return text('/')`)).to.equal('0');
    expect(brief.listener.http3?.resumedHandshakes).to.be.at.least(1);
  });

  for (const [i, [title, isAsSaid]] of (
    [
      ['where 5 % are lost', ({ lost, passed }) => lost > passed * 0.025],
      ['where 1 % are lost, and 5 % come late', ({ lost, passed }) => lost > passed * 0.005],
      ['behind a NAT that gives it another port again and again', ({ ports: seen }) => seen > 3],
    ] as readonly [string, (relay: Relay) => boolean][]
  ).entries())
    it(`downloads and uploads without a stall ${title}`, async () => {
      const many = 'Promise.all(Array.from({ length: 50 }, () => post("/", 3000)))';
      const work = `return [await sum('/big'), await post('/', 1_000_000), await ${many}]`;
      const all = Array.from({ length: 50 }, () => '3000');
      expect(await visit(ports[i] as number, work)).to.deep.equal([bigSum, '1000000', all]);
      expect(isAsSaid(relays[i] as Relay)).to.equal(true);
    });

  it('reads responses with trailers, of an upstream', async () => {
    expect(await visit(loom.port, "return text('/echo/a?q=1', { method: 'PUT', body: 'four' })")).to.equal(
      `PUT /echo/a?q=1 localhost:${loom.port} four`,
    );
  });

  it('speaks over a WebSocket, which is a stream of HTTP/3', async () => {
    const talk = `
const socket = new WebSocket('wss://localhost:${loom.port}/chat');
await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
const heard = [];
const closed = new Promise((resolve) => { socket.onclose = ({ code }) => resolve(code); });
await new Promise((resolve) => {
  socket.onmessage = ({ data }) => { heard.push(data); if (heard.length === 20) resolve(); };
  for (let i = 0; i < 20; i++) socket.send(String(i));
});
socket.close(1000);
return [heard, await closed];`;
    expect(await visit(loom.port, talk)).to.deep.equal([Array.from({ length: 20 }, (_, i) => `${i}`), 1000]);
    const line = await eventually('it is logged', () => loom.world.log.find(({ path }) => path === '/chat'));
    expect(line).to.include({ protocol: 'HTTP/3', status: 101 });
    expect(sockets.codes).to.deep.equal([1000]);
  });
});
