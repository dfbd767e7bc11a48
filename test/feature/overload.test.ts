import { expect } from 'chai';
import { echoBackend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';

const scripted = `${process.cwd()}/test/wasm/guests/build/scripted.wasm`;

bothSources('overload', (start) => {
  it('sheds requests of a low priority first, with 503; the admin API stays reachable', async () => {
    const backend = await echoBackend('one');
    const world = await start(`
workers: 1
overload: { loop_delay: 20ms }
routes:
  - { id: batch, path: /batch, upstream: backend, priority: low, plugins: [busy] }
  - { id: shop, path: /shop, upstream: backend, priority: high }
upstreams:
  - { name: backend, endpoints: ["127.0.0.1:${backend.port}"] }
plugins:
  - { name: busy, path: ${scripted}, config: "request_headers:toil", limits: { callbackCpu: 0s, requestCpu: 0s } }
`);
    const over = new AbortController();
    const refused: Response[] = [];
    // Undefined where there was no connection: on a slow machine there may be too much even to refuse.
    const ask = async (path: string): Promise<Response | undefined> => {
      const response = await fetch(world.url + path).catch(() => undefined);
      await response?.arrayBuffer();
      return response;
    };
    const batch = Array.from({ length: 128 }, async () => {
      while (!over.signal.aborted) {
        const response = await ask('/batch');
        if (response?.status === 503) refused.push(response);
      }
    });
    await eventually('something is shed', () => refused.length > 0);
    const [first] = refused;
    expect([first?.headers.get('retry-after'), first?.status]).to.deep.equal(['1', 503]);
    await eventually('the others are served', async () => (await ask('/shop'))?.status === 200);
    expect((await fetch(`${world.admin}/health`)).status).to.equal(200);
    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    expect(metrics).to.match(/\nloom_overload_shed_total\{priority="Low"\} [1-9]/);
    expect(metrics).to.match(/\nloom_overload_admitted_ratio [01]/);
    expect(metrics).to.match(/\nloom_event_loop_delay_seconds [0-9]/);
    over.abort();
    await Promise.all(batch);
    await eventually('the log says so', () =>
      world.log.some(({ msg }) => msg === 'overloaded; requests are shed'),
    );
    await backend.close();
  });
});
