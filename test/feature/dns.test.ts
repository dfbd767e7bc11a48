import { expect } from 'chai';
import { echoBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';

bothSources('host names as endpoints', (start) => {
  let backend: Backend;
  before(async () => (backend = await echoBackend('a')));
  after(() => backend.close());

  it('become their addresses with dns, and stay one without', async () => {
    const world = await start(`
routes: [{ id: all, path: /*, upstream: many }, { id: one, path: /one, upstream: one }]
upstreams:
  - { name: many, endpoints: ["localhost:${backend.port}"], dns: { family: ipv4 } }
  - { name: one, endpoints: ["localhost:${backend.port}"] }
`);
    const seen = async (path: string): Promise<unknown> => {
      const response = await fetch(world.url + path);
      await response.text();
      expect(response.status).to.equal(200);
      return world.log.findLast((line) => line['path'] === path)?.['endpoint'];
    };
    let asked = 0;
    await eventually('the address is in use', async () => {
      const path = `/${++asked}`;
      await seen(path);
      await eventually('it is logged', () => world.log.some((line) => line['path'] === path));
      return (await seen(path)) === `127.0.0.1:${backend.port}`;
    });
    await seen('/one');
    await eventually('it is logged', () => world.log.some((line) => line['path'] === '/one'));
    expect(world.log.find((line) => line['path'] === '/one')?.['endpoint']).to.equal(
      `localhost:${backend.port}`,
    );
    await eventually('it is said', () => world.log.some((line) => line['msg'] === 'host name resolved'));
  });
});
