import { expect } from 'chai';
import { startBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources, type World } from '../support/world.ts';
import { healthServer, type HealthServer } from '../upstream/probes/servers.ts';

interface Shown {
  readonly healthy: boolean;
  readonly unhealthy?: string;
  readonly check?: { readonly result: string };
}

bothSources('active health checks', (start) => {
  let backend: Backend;
  let calls: HealthServer;
  let text = 'all is well';
  before(async () => {
    backend = await startBackend(({ url, headers }, response) => {
      response.statusCode = url === '/probe' && headers['x-probe'] !== 'yes' ? 401 : 200;
      response.end(text);
    });
    calls = await healthServer();
  });
  after(async () => {
    calls.close();
    await backend.close();
  });

  const shown = async (world: World, name: string): Promise<Shown> => {
    const { endpoints } = (await world.getJson(`/upstreams/${world.id(name)}`)) as { endpoints: Shown[] };
    return endpoints[0]!;
  };

  it('ask over HTTP, TCP and gRPC, with what is expected', async () => {
    const timing = 'interval: 100ms, timeout: 20s, healthy_threshold: 1, unhealthy_threshold: 1, jitter: 50';
    const here = `endpoints: ["127.0.0.1:${backend.port}"]`;
    const world = await start(`
routes: [{ id: all, path: /*, upstream: body }]
upstreams:
  - { name: body, ${here}, health_check: { path: /probe, headers: { x-probe: "yes" }, expected_statuses: [200, 204-299], expected_body: well, ${timing} } }
  - { name: status, ${here}, health_check: { path: /probe, ${timing} } }
  - { name: tcp, ${here}, health_check: { type: tcp, ${timing} } }
  - { name: port, endpoints: ["127.0.0.1:1"], health_check: { path: /, host: app.example, port: ${backend.port}, ${timing} } }
  - { name: gone, endpoints: ["127.0.0.1:1"], health_check: { type: tcp, ${timing} } }
  - { name: calls, protocol: grpc, endpoints: ["127.0.0.1:${calls.port}"], health_check: { type: grpc, service: up, ${timing} } }
`);
    const goes = (name: string, healthy: boolean, result: string): Promise<true> =>
      eventually(`${name} is ${result}`, async () => {
        const { check, ...endpoint } = await shown(world, name);
        return endpoint.healthy === healthy && check?.result === result;
      });
    await goes('body', true, 'status 200');
    await goes('status', false, 'status 401');
    await goes('tcp', true, 'connected');
    await goes('port', true, 'status 200');
    await goes('gone', false, 'ECONNREFUSED');
    await goes('calls', true, 'SERVING');

    text = 'out of order';
    calls.down.add('up');
    await goes('body', false, 'status 200, unexpected body');
    await goes('calls', false, 'NOT_SERVING');
    text = 'all is well';
    calls.down.delete('up');
    await goes('body', true, 'status 200');
    await goes('calls', true, 'SERVING');
    const said = world.log.filter(({ msg }) => msg === 'endpoint became unhealthy');
    expect(said.map(({ upstream }) => upstream)).to.include.members(
      ['body', 'calls'].map((name) => world.id(name)),
    );
  });
});
