import { expect } from 'chai';
import { echoBackend, type Backend, type Echo } from '../support/backend.ts';
import { bothSources, type World } from '../support/world.ts';

bothSources('where requests go', (start) => {
  const backends: Backend[] = [];
  before(async () => {
    for (const name of ['a', 'b', 'c']) backends.push(await echoBackend(name));
  });
  after(async () => {
    for (const backend of backends) await backend.close();
  });

  const endpoints = (extra: (i: number) => string = () => ''): string =>
    backends.map(({ port }, i) => `{ address: 127.0.0.1, port: ${port}${extra(i)} }`).join(', ');
  const config = (pools: Readonly<Record<string, string>>): string => `
zone: east
sticky_secret: a secret of this test
routes: [${Object.keys(pools)
    .map((name) => `{ id: ${name}, path: "/${name}/*", upstream: ${name} }`)
    .join(', ')}]
upstreams:
${Object.entries(pools)
  .map(([name, rest]) => `  - { name: ${name}, ${rest} }`)
  .join('\n')}
`;
  /** On a connection of its own, so that workers share the requests. */
  const ask = async ({ url }: World, path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(url + path, { headers: { connection: 'close', ...headers } });
  const nameOf = async (response: Response): Promise<string> => ((await response.json()) as Echo).backend;
  const several = async (
    times: number,
    one: (i: number) => Promise<Response>,
  ): Promise<readonly string[]> => {
    const names: string[] = [];
    for (let i = 0; i < times; i++) names.push(await nameOf(await one(i)));
    return names;
  };

  it('follows a hash, a cookie, priorities and zones', async () => {
    const pool = `endpoints: [${endpoints()}]`;
    const world = await start(
      config({
        header: `load_balancer: consistent_hash, consistent_hash: { key: [header:x-user, "query:u"] }, ${pool}`,
        client: `load_balancer: consistent_hash, consistent_hash: { key: client_ip }, ${pool}`,
        sticky: `sticky_cookie: { name: sid, ttl: 1h, http_only: true, same_site: strict }, ${pool}`,
        priority: `endpoints: [${endpoints((i) => `, priority: ${i}`)}]`,
        zone: `zone_preference: same_zone, endpoints: [${endpoints((i) => `, zone: ${['west', 'east', 'north'][i]}`)}]`,
        slow: `slow_start: { window: 200ms }, panic_threshold: 0, ${pool}`,
      }),
    );

    const users = await several(40, (i) => ask(world, '/header/', { 'x-user': `user-${i}` }));
    expect(await several(40, (i) => ask(world, '/header/', { 'x-user': `user-${i}` }))).to.deep.equal(users);
    expect(new Set(users)).to.deep.equal(new Set(['a', 'b', 'c']));
    expect(new Set(await several(6, () => ask(world, '/header/?x=1&u=42'))).size).to.equal(1);
    // Without a key the fallback takes turns.
    expect(new Set(await several(6, () => ask(world, '/header/')))).to.deep.equal(new Set(['a', 'b', 'c']));
    expect(new Set(await several(6, () => ask(world, '/client/'))).size).to.equal(1);

    const first = await ask(world, '/sticky/');
    const field = first.headers.get('set-cookie') ?? '';
    expect(field).to.match(/^sid=[\w-]{16}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/);
    const own = await nameOf(first);
    const cookie = field.split(';')[0] ?? '';
    for (let i = 0; i < 6; i++) {
      const again = await ask(world, '/sticky/', { cookie: `other=1; ${cookie}` });
      expect(again.headers.get('set-cookie')).to.equal(null);
      expect(await nameOf(again)).to.equal(own);
    }
    expect((await ask(world, '/sticky/', { cookie: 'sid=127.0.0.1' })).headers.get('set-cookie')).to.match(
      /^sid=/,
    );

    expect(new Set(await several(6, () => ask(world, '/priority/')))).to.deep.equal(new Set(['a']));
    expect(new Set(await several(6, () => ask(world, '/zone/')))).to.deep.equal(new Set(['b']));
    expect(new Set(await several(12, () => ask(world, '/slow/')))).to.deep.equal(new Set(['a', 'b', 'c']));
    const { endpoints: shown } = (await world.getJson(`/upstreams/${world.id('zone')}`)) as {
      endpoints: object[];
    };
    expect(shown[1]).to.deep.include({ zone: 'east', weight: 1, healthy: true });
  });
});
