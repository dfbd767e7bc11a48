import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { startBackend, type Backend } from '../support/backend.ts';
import { startWorld, type World } from '../support/world.ts';

/** No multiple of anything that Loom reads at once. */
const piece = randomBytes(1_000_003);
const pieces = 256;
/** Of the 256 MB that pass. V8 looks for buffers that nobody needs any more when there are 64 MiB. */
const mostMiB = 35;

const whole = createHash('sha256');
for (let i = 0; i < pieces; i++) whole.update(piece);
const wanted = whole.digest('hex');

const body = (): Readable => Readable.from(Array.from({ length: pieces }, () => piece));

/** @returns what arrived, by its hash; the reader is the slowest of the four. */
async function readSlowly(message: IncomingMessage): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of message as AsyncIterable<Buffer>) {
    hash.update(chunk);
    await setImmediate();
  }
  return hash.digest('hex');
}

describe('a large body', function () {
  this.timeout(150_000);
  let world: World;
  let backend: Backend;
  before(async function () {
    // Memory is read from /proc.
    if (process.platform !== 'linux') this.skip();
    backend = await startBackend((message, response) => {
      if (message.method === 'POST') void readSlowly(message).then((hash) => response.end(hash));
      else if (message.url === '/small') response.end('small');
      else body().pipe(response.setHeader('content-length', piece.length * pieces));
    });
  });
  // A process of its own for each: what one has left behind would hide what the next one takes.
  beforeEach(async () => {
    world = await startWorld(`
workers: 1
routes: [{ id: all, path: /*, upstream: backend }]
upstreams: [{ name: backend, endpoints: ["127.0.0.1:${backend.port}"] }]
`);
    expect(await (await fetch(`${world.url}/small`)).text()).to.equal('small');
  });
  afterEach(() => world.stop('SIGKILL'));
  after(() => backend?.close());

  const rssMiB = (): number => {
    const status = readFileSync(`/proc/${world.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  };

  async function upload(): Promise<string> {
    const sending = request({ port: world.port, method: 'POST', path: '/up' });
    sending.setHeader('content-length', piece.length * pieces);
    body().pipe(sending);
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
    return text;
  }

  async function download(): Promise<string> {
    const [response] = (await once(request({ port: world.port, path: '/down' }).end(), 'response')) as [
      IncomingMessage,
    ];
    return readSlowly(response);
  }

  for (const [name, transfer] of Object.entries({ upload, download })) {
    it(`passes whole in the ${name}, with a slow reader, and is never held in memory`, async () => {
      const before = rssMiB();
      let peak = before;
      const sampler = setInterval(() => (peak = Math.max(peak, rssMiB())), 20);
      const hash = await transfer().finally(() => clearInterval(sampler));
      expect(hash).to.equal(wanted);
      expect(peak - before).to.be.below(mostMiB);
    });
  }
});
