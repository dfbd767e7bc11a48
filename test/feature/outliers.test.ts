import { expect } from 'chai';
import { echoBackend, startBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources, type World } from '../support/world.ts';

interface Shown {
  readonly endpoints: readonly {
    readonly port: number;
    readonly healthy: boolean;
    readonly unhealthy?: string;
    readonly ejectedUntil?: string;
  }[];
  readonly panic: boolean;
}

bothSources('passive health checks', (start) => {
  const good: Backend[] = [];
  let bad: Backend;
  let broken = true;
  before(async () => {
    for (const name of ['a', 'b']) good.push(await echoBackend(name));
    bad = await startBackend((_request, response) => {
      response.statusCode = broken ? 503 : 200;
      response.end('bad');
    });
  });
  after(async () => {
    for (const backend of [...good, bad]) await backend.close();
  });

  const shown = async (world: World, name: string): Promise<Shown> =>
    (await world.getJson(`/upstreams/${world.id(name)}`)) as unknown as Shown;

  it('eject an endpoint in all workers for all routes, readmit it, and panic when too few are left', async () => {
    broken = true;
    const ports = [...good, bad].map(({ port }) => `"127.0.0.1:${port}"`).join(', ');
    const world = await start(`
routes:
  - { id: one, path: /one/*, upstream: pool, retries: { attempts: 0 } }
  - { id: two, path: /two/*, upstream: pool, retries: { attempts: 0 } }
  - { id: lone, path: /lone/*, upstream: lone, retries: { attempts: 0 } }
upstreams:
  - { name: pool, endpoints: [${ports}], outlier_detection: { consecutive_errors: 3, ejection_time: 1s } }
  - { name: lone, endpoints: ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"], outlier_detection: { consecutive_errors: 1, max_ejection_percent: 100, ejection_time: 1h, max_ejection_time: 2h } }
`);
    const ask = async (path: string): Promise<number> => {
      const response = await fetch(world.url + path, { headers: { connection: 'close' } });
      await response.text();
      return response.status;
    };
    const out = async (): Promise<Shown['endpoints'][number] | undefined> =>
      (await shown(world, 'pool')).endpoints.find(({ healthy }) => !healthy);
    const begin = Date.now();
    // Connections fall to any worker, and the three errors in a row may come from different ones.
    const ejected = await eventually('it is ejected', async () => {
      await ask('/one/');
      return out();
    });
    expect(ejected).to.include({ port: bad.port, unhealthy: 'ejected: consecutive errors' });
    expect(Date.parse(ejected.ejectedUntil ?? '')).to.be.greaterThan(begin);
    broken = false;
    await eventually('it is back', async () => (await out()) === undefined);
    const before = bad.seen.length;
    for (let i = 0; i < 3; i++) expect(await ask('/two/')).to.equal(200);
    expect(bad.seen.length).to.equal(before + 1);
    await eventually('both are said', () =>
      ['endpoint ejected', 'endpoint readmitted'].every((text) => world.log.some(({ msg }) => msg === text)),
    );

    await eventually('it panics', async () => {
      expect(await ask('/lone/')).to.equal(502);
      return (await shown(world, 'lone')).panic;
    });
    expect(await ask('/lone/')).to.equal(502);
    const text = await (await fetch(`${world.admin}/metrics`)).text();
    expect(text).to.match(new RegExp(`loom_upstream_panic\\{upstream="${world.id('lone')}"\\} 1`));
    expect(text).to.match(new RegExp(`loom_upstream_panic\\{upstream="${world.id('pool')}"\\} 0`));
    expect(text).to.match(/loom_endpoint_ejections_total\{[^}]*reason="consecutive errors"\} [1-9]/);
  });
});
