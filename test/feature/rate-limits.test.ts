import { expect } from 'chai';
import { bothSources, type World } from '../support/world.ts';

bothSources('rate limits', (start) => {
  const config = `
trusted_proxies: [127.0.0.1]
routes:
  - id: whole
    path: /whole
    direct_response: { status: 200 }
    rate_limits: { requests: 100, per: 1h }
  - id: client
    path: /client
    direct_response: { status: 200 }
    rate_limits: { per-client: { requests: 1, per: 1h, burst: 2, key: [client_ip] } }
  - id: tenant
    path: /tenant/:name
    direct_response: { status: 200 }
    rate_limits:
      all: { requests: 5, per: 1h }
      one: { requests: 1, per: 1h, key: [{ type: path_parameter, name: name }, "header:x-key"] }
`;
  /** On a connection of its own, so that the workers share them. */
  const ask = (world: World, path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(world.url + path, { headers: { connection: 'close', ...headers } });
  const statuses = async (
    world: World,
    path: string,
    times: number,
    headers?: Record<string, string>,
  ): Promise<readonly number[]> => {
    const all: number[] = [];
    for (let i = 0; i < times; i++) all.push((await ask(world, path, headers)).status);
    return all;
  };

  it('hold for all workers together, by route, client and other keys, and say so', async () => {
    const world = await start(config);
    const many = await Promise.all(Array.from({ length: 4 }, () => statuses(world, '/whole', 50)));
    expect(many.flat().filter((status) => status === 200)).to.have.length(100);

    const refused = await ask(world, '/whole');
    expect(refused.status).to.equal(429);
    expect(await refused.text()).to.include('rate-limited');
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 36);
    expect(refused.headers.get('ratelimit-policy')).to.equal('"default";q=100;w=3600');
    expect(refused.headers.get('ratelimit')).to.match(/^"default";r=0;t=\d+$/);

    const of = (address: string) => ({ 'x-forwarded-for': address });
    expect(await statuses(world, '/client', 3, of('192.0.2.1'))).to.deep.equal([200, 200, 429]);
    expect(await statuses(world, '/client', 1, of('192.0.2.2'))).to.deep.equal([200]);
    expect(await statuses(world, '/client', 2, of('2001:db8::1'))).to.deep.equal([200, 200]);
    expect(await statuses(world, '/client', 1, of('2001:db8::2'))).to.deep.equal([429]);

    expect(await statuses(world, '/tenant/a', 2)).to.deep.equal([200, 429]);
    expect(await statuses(world, '/tenant/a', 2, { 'x-key': '1' })).to.deep.equal([200, 429]);
    expect(await statuses(world, '/tenant/b', 2)).to.deep.equal([200, 429]);

    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    const line = (route: string, outcome: string): string =>
      `loom_middleware_requests_total{route="${world.id(route)}",rule="main",middleware="rateLimits",outcome="${outcome}"}`;
    expect(metrics)
      .to.include(`${line('whole', 'passed')} 100`)
      .and.include(`${line('whole', 'limited')} 101`);
    const { rules } = (await world.getJson(`/routes/${world.id('tenant')}`)) as {
      rules: { stages: unknown }[];
    };
    expect(rules[0]?.stages).to.deep.equal(['rateLimits', 'directResponse']);

    // A bucket lives through a change of anything but its limit.
    await world.edit(config.replace('status: 200', 'status: 204'));
    expect(await statuses(world, '/whole', 1)).to.deep.equal([429]);
    await world.edit(config.replace('requests: 100', 'requests: 1'));
    expect(await statuses(world, '/whole', 2)).to.deep.equal([200, 429]);
  });
});
