import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { echoBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';

const guest = (name: string): string => `${process.cwd()}/test/wasm/guests/build/${name}.wasm`;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

describe('a plugin beyond its limits', () => {
  let backend: Backend;
  let world: World;

  before(async () => {
    backend = await echoBackend('one');
  });
  afterEach(async () => {
    await world.stop('SIGKILL');
  });
  after(() => backend.close());

  /** One worker, a route with the plugin and a route without. */
  const config = (plugin: string): string => `
routes:
  - { id: bad, path: /bad, upstream: backend, plugins: [bad] }
  - { id: good, path: /good, upstream: backend, plugins: [good] }
upstreams:
  - { name: backend, endpoints: ["127.0.0.1:${backend.port}"] }
plugins:
  - { name: good, path: ${guest('scripted')} }
  - { name: bad, path: ${guest('scripted')}, ${plugin} }
workers: 1
`;
  const ask = async (path: string): Promise<number> => {
    const response = await fetch(world.url + path);
    await response.arrayBuffer();
    return response.status;
  };
  const programmed = async (path: string): Promise<Condition | undefined> => {
    const { conditions } = (await world.getJson(path)) as unknown as { conditions: readonly Condition[] };
    return conditions.find(({ type }) => type === 'Programmed');
  };

  it('whose _initialize never ends does not start, says so, and holds up nobody for longer', async () => {
    world = await startWorld(
      config('limits: { start_cpu: 100ms }').replace('scripted.wasm, limits', 'endless-start.wasm, limits'),
    );
    expect(await ask('/good')).to.equal(200);
    expect(await ask('/bad')).to.equal(503);
    const plugin = await programmed('/plugins/bad');
    expect(plugin).to.include({ status: 'False', reason: 'StartFailed' });
    expect(plugin?.message).to.include('_initialize: it computed for longer than 100 ms');
    expect(await programmed('/routes/bad')).to.include({ status: 'False', reason: 'PluginUnavailable' });
    expect(await programmed('/routes/good')).to.include({ status: 'True' });
  });

  it('of a request fails the request, and goes on', async () => {
    world = await startWorld(
      config('config: "request_headers:toil", limits: { callback_cpu: 10s, request_cpu: 1ms }'),
    );
    // What callbacks take is sampled: a single one may seem to take nothing.
    await eventually('a request is over its limit', async () => (await ask('/bad')) === 503);
    expect(await world.getJson('/plugins/bad')).to.include({ state: 'serving', failures: 0, instances: 1 });
  });

  it('is not one that stood still with the machine', async () => {
    world = await startWorld(config('config: "request_headers:toil"'));
    const statuses: number[] = [];
    const stop = new AbortController();
    const client = async (): Promise<void> => {
      while (!stop.signal.aborted) statuses.push(await ask('/bad'));
    };
    const clients = [client(), client()];
    const standstills = 6;
    for (let n = 0; n < standstills; n++) {
      const { length } = statuses;
      await eventually('it works', () => statuses.length > length + 5);
      world.child.kill('SIGSTOP');
      // More than ten times what a call may compute.
      await setTimeout(700);
      world.child.kill('SIGCONT');
    }
    stop.abort();
    await Promise.all(clients);
    expect(statuses.filter((status) => status !== 200)).to.deep.equal([]);
    expect(await world.getJson('/plugins/bad')).to.include({ failures: 0 });
  });

  it('of a local response gets BAD_ARGUMENT, and goes on', async () => {
    world = await startWorld(config('config: "request_headers:huge"'));
    expect(await ask('/bad'), 'of the upstream, and not the 418 of the plugin').to.equal(200);
    expect(await world.getJson('/plugins/bad')).to.include({ failures: 0 });
  });

  for (const way of ['request', 'response']) {
    it(`of the headers of a ${way} fails the request, and goes on`, async () => {
      world = await startWorld(config(`config: "${way}_headers:crowd", limits: { callback_cpu: 10s }`));
      expect(await ask('/bad')).to.equal(503);
      expect(await ask('/good')).to.equal(200);
      expect(await world.getJson('/plugins/bad')).to.include({ state: 'serving', failures: 0 });
    });
  }

  it('that keeps failing is taken out, says so everywhere, and comes back when it is reloaded', async () => {
    world = await startWorld(config('config: "request_headers:trap", instances: 10'));
    await eventually('it is taken out', async () => {
      expect(await ask('/bad')).to.equal(503);
      return (await world.getJson('/plugins/bad'))['state'] === 'failing';
    });
    expect(await world.getJson('/plugins/bad')).to.include({ failures: 10, instances: 0 });
    await eventually(
      'its condition says so',
      async () => (await programmed('/plugins/bad'))?.reason === 'Failing',
    );
    expect((await programmed('/routes/bad'))?.message).to.include('unreachable');
    expect(world.log.map(({ msg }) => msg)).to.include('plugin keeps failing; it was taken out');
    expect(await (await fetch(`${world.admin}/metrics`)).text()).to.include(
      'loom_plugin_failing{plugin="bad"} 1',
    );
    expect(await ask('/good')).to.equal(200);
    await fetch(`${world.admin}/plugins/bad`, { method: 'POST' });
    expect(await world.getJson('/plugins/bad')).to.include({ state: 'serving' });
    expect(await programmed('/routes/bad')).to.include({ status: 'True' });
  });

  it('of memory with every request leaves no memory behind', async () => {
    world = await startWorld(
      config('config: "request_headers:bomb", isolation: Request, failure_policy: { run: Reload }'),
    );
    const requests = 40;
    for (let i = 0; i < requests; i++) expect(await ask('/bad')).to.equal(503);
    const { failures, state } = await world.getJson('/plugins/bad');
    expect({ failures, state }).to.deep.equal({ failures: requests, state: 'serving' });
    const [, peak] =
      /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${world.child.pid}/status`, 'latin1')) ?? [];
    // Each had written 64 MiB.
    expect(Number(peak) / 1024).to.be.lessThan((requests * 64) / 3);
  });
});
