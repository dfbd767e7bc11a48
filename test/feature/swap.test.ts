import { createHash } from 'node:crypto';
import { Agent, get } from 'node:http';
import { expect } from 'chai';
import { echoBackend, startBackend, type Backend } from '../support/backend.ts';
import { startWorld, type World } from '../support/world.ts';

const plugin = `${process.cwd()}/plugins/examples/header-rewrite/build/header-rewrite.wasm`;

interface Seen {
  readonly status: number;
  readonly backend: string;
  readonly route: string;
  readonly plugin: string;
}

/** What a state of the configuration answers with; edits step from one to the next. */
interface State {
  readonly route: string;
  readonly plugin: string;
  readonly backends: readonly ('one' | 'two')[];
}

describe('a swap under load', () => {
  let backends: Record<'one' | 'two', Backend>;
  let slow: Backend;
  let world: World;
  const chunk = Buffer.alloc(16 * 1024, 'loom');
  const chunks = 60;

  before(async () => {
    backends = { one: await echoBackend('one'), two: await echoBackend('two') };
    slow = await startBackend((_request, response) => {
      let sent = 0;
      const timer = setInterval(
        () => {
          response.write(chunk);
          if (++sent < chunks) return;
          clearInterval(timer);
          response.end();
        },
        (downloadSeconds * 1000) / chunks,
      );
    });
  });
  after(async () => {
    await world.stop('SIGKILL');
    for (const backend of [backends.one, backends.two, slow]) await backend.close();
  });

  /** 60 in the slow lane; enough here to span all edits. */
  const downloadSeconds = Number(process.env['LOOM_DOWNLOAD_SECONDS'] ?? 8);

  const config = (state: State): string => `
routes:
  - id: api
    path: /api
    upstream: backend
    plugins: [{ name: mark, config: { request: { x-plugin: "${state.plugin}" }, response: { x-plugin: "${state.plugin}" } } }]
    response_headers: { set: { x-route: "${state.route}" } }
  - { id: download, path: /download, upstream: slow }
upstreams:
  - name: backend
    endpoints: [${state.backends.map((name) => `"127.0.0.1:${backends[name].port}"`).join(', ')}]
  - { name: slow, endpoints: ["127.0.0.1:${slow.port}"] }
plugins:
  - { name: mark, path: ${plugin} }
`;

  it('gives every one of 32 keep-alive clients the old or the new state, never another, and cuts no download', async function () {
    this.timeout((downloadSeconds + 150) * 1000);
    let state: State = { route: 'r0', plugin: 'p0', backends: ['one'] };
    world = await startWorld(config(state));
    /** States that an answer may show: the last are those of a request that begins now. */
    const allowed: (readonly State[])[] = [[state]];
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const wrong: string[] = [];
    const traffic = { running: true, answers: 0 };

    const ask = (): Promise<Seen> =>
      new Promise((resolve, reject) => {
        get(`${world.url}/api`, { agent }, (response) => {
          let body = '';
          response.on('data', (part: Buffer) => (body += part.toString()));
          response.on('end', () => {
            const { 'x-route': route, 'x-plugin': seenPlugin } = response.headers;
            const { backend = '', headers = {} } = response.statusCode === 200 ? JSON.parse(body) : {};
            if (headers['x-plugin'] !== seenPlugin) wrong.push(`one request in two worlds: ${body}`);
            resolve({
              status: response.statusCode ?? 0,
              backend,
              route: String(route),
              plugin: String(seenPlugin),
            });
          });
          response.on('error', reject);
        }).on('error', reject);
      });
    const fits = (seen: Seen, one: State): boolean =>
      seen.status === 200 &&
      seen.route === one.route &&
      seen.plugin === one.plugin &&
      one.backends.some((name) => name === seen.backend);
    const client = async (): Promise<void> => {
      while (traffic.running) {
        const from = allowed.length - 1;
        try {
          const seen = await ask();
          traffic.answers++;
          // A slow one may be older than several edits.
          if (!allowed.slice(from).some((some) => some.some((one) => fits(seen, one))))
            wrong.push(JSON.stringify(seen));
        } catch (error) {
          wrong.push(String(error));
        }
      }
    };
    const download = fetch(`${world.url}/download`).then(async (response) => {
      const hash = createHash('sha256');
      for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) hash.update(part);
      return hash.digest('hex');
    });
    const clients = Array.from({ length: 32 }, client);

    const edits: ((now: State, i: number) => State)[] = [
      (now, i) => ({ ...now, route: `r${i}` }),
      (now) => ({ ...now, backends: ['one', 'two'] }),
      (now, i) => ({ ...now, plugin: `p${i}` }),
      (now, i) => ({ ...now, backends: ['two'], route: `r${i}` }),
      (now) => ({ ...now, backends: ['one'] }),
    ];
    for (let i = 1; i <= 20; i++) {
      const next = (edits[i % edits.length] as (typeof edits)[number])(state, i);
      // The endpoints of the new state may be swapped before its route is: a change of both may show in two steps.
      const between = { ...state, backends: [...state.backends, ...next.backends] };
      allowed.push([state, between, next, { ...next, backends: between.backends }]);
      await world.edit(config(next));
      state = next;
      allowed.push([state]);
      const enough = traffic.answers + 64;
      while (traffic.answers < enough) await new Promise((resolve) => setImmediate(resolve));
    }
    traffic.running = false;
    await Promise.all(clients);
    agent.destroy();
    expect(wrong.slice(0, 5)).to.deep.equal([]);
    expect(traffic.answers).to.be.above(20 * 64);
    const whole = createHash('sha256');
    for (let i = 0; i < chunks; i++) whole.update(chunk);
    expect(await download).to.equal(whole.digest('hex'));
  });
});
