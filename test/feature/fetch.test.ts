import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { echoBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources, type World } from '../support/world.ts';

const module = readFileSync('plugins/examples/header-rewrite/build/header-rewrite.wasm');

interface Conditions {
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
}
const conditionsOf = async (world: World, name: string): Promise<string[]> => {
  const plugin = (await world.getJson(
    `/plugins/${encodeURIComponent(world.id(name))}`,
  )) as unknown as Conditions;
  return plugin.conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
};

bothSources('a plugin that is fetched', (start) => {
  let backend: Backend;
  let server: Server;
  let cache: string;
  /** Answers that are held back; undefined: at once. */
  let held: ServerResponse[] | undefined;

  before(async () => (backend = await echoBackend('backend')));
  after(() => backend.close());
  beforeEach(async () => {
    held = undefined;
    cache = mkdtempSync(join(tmpdir(), 'loom-fetch-'));
    server = createServer((_, response) => {
      if (held) held.push(response);
      else response.end(module);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
    rmSync(cache, { recursive: true, force: true });
  });

  const text = (allow: string, more = ''): string => `
plugin_sources: { cache: { path: ${cache} }, allow: [${allow}] }
routes:
  - { id: plain, path: /plain/*, upstream: backend }
  - { id: with, path: /with/*, upstream: backend, plugins: [headers] }
${more}
upstreams:
  - { name: backend, endpoints: ["127.0.0.1:${backend.port}"] }
plugins:
  - name: headers
    source: { http: { url: "http://127.0.0.1:${(server.address() as AddressInfo).port}/p.wasm", insecure: plain_http } }
    config: { response: { x-fetched: "yes" } }
`;
  const get = async (world: World, path: string): Promise<string> => {
    const response = await fetch(world.url + path);
    await response.body?.cancel();
    return `${response.status} ${response.headers.get('x-fetched') ?? 'none'}`;
  };

  it('comes by itself, holds up nothing meanwhile, and is there after a restart without its server', async () => {
    held = [];
    const starting = start(text(''));
    // A world starts when the process is ready, and that is not before the fetch has ended.
    await eventually('it is asked for', () => held?.length === 1, 50);
    for (const response of held.splice(0)) response.end(module);
    const world = await starting;
    expect(await get(world, '/with/')).to.equal('200 yes');
    expect(await conditionsOf(world, 'headers')).to.deep.equal([
      'Accepted True Accepted',
      'ResolvedRefs True ResolvedRefs',
      'Programmed True Programmed',
    ]);
    const { origin } = await world.getJson(`/plugins/${encodeURIComponent(world.id('headers'))}`);
    expect(origin)
      .to.have.property('from')
      .that.matches(/^http:\/\/127\.0\.0\.1:\d+\/p\.wasm$/);
    await world.stop();
    held = [];
    const next = await start(text(''));
    expect(await get(next, '/with/')).to.equal('200 yes');
    expect(held, 'nobody was asked').to.deep.equal([]);
    const metrics = await (await fetch(`${next.admin}/metrics`)).text();
    expect(metrics).to.match(/^loom_plugin_cache_hits_total\{source="Http"\} 1$/m);
  });

  it('lets routes change while its server says nothing, and says what it waits for', async () => {
    const world = await start(text('').replace('plugins: [headers]', ''));
    held = [];
    const more = '  - { id: late, path: /late/*, upstream: backend }';
    // Another URL, so that there is something to fetch.
    await world.edit(text('', more).replace('/p.wasm', '/q.wasm'));
    expect(await get(world, '/late/')).to.equal('200 none');
    expect(await get(world, '/with/'), 'the version before').to.equal('200 yes');
    expect(await conditionsOf(world, 'headers')).to.deep.equal([
      'Accepted True Accepted',
      'ResolvedRefs Unknown Fetching',
      'Programmed False Fetching',
    ]);
    for (const response of held.splice(0)) response.end(module);
    await eventually('it is programmed', async () =>
      (await conditionsOf(world, 'headers')).includes('Programmed True Programmed'),
    );
    expect(await get(world, '/with/')).to.equal('200 yes');
  });

  it('comes from no place that the process does not allow', async () => {
    const world = await start(text('registry.example.com'));
    expect(await get(world, '/plain/')).to.equal('200 none');
    expect(await get(world, '/with/')).to.equal('503 none');
    await eventually('the status says so', async () =>
      (await conditionsOf(world, 'headers')).includes('ResolvedRefs False NotAllowed'),
    );
  });
});
