import { connect } from 'node:net';
import { expect } from 'chai';
import { startBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';

describe('shutdown', () => {
  let backend: Backend;
  let release: () => void = () => {};
  before(async () => {
    backend = await startBackend((_request, response) => {
      release = () => response.end('done');
    });
  });
  after(() => backend.close());

  const config = (delay: string): string => `
routes: [{ id: all, path: /*, upstream: backend }]
upstreams: [{ name: backend, endpoints: ["127.0.0.1:${backend.port}"] }]
drain: { delay: ${delay}, timeout: 60s }
`;
  const isReady = async (world: World): Promise<number> => (await fetch(`${world.admin}/ready`)).status;
  const canConnect = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).on('error', () => resolve(false));
    });

  it('finishes requests in flight, tells clients to close, refuses new connections, and ends with 0', async () => {
    const world = await startWorld(config('0s'));
    const pending = fetch(`${world.url}/slow`);
    await eventually('the request is at the backend', () => backend.seen.length === 1);
    const stopped = world.stop();
    await eventually('it is not ready', async () => (await isReady(world)) === 503);
    await eventually('new connections are refused', async () => !(await canConnect(world.port)));
    release();
    const response = await pending;
    expect(await response.text()).to.equal('done');
    expect(response.headers.get('connection')).to.equal('close');
    expect(await stopped).to.equal(0);
  });

  it('does not wait for the delay on SIGINT', async () => {
    const world = await startWorld(config('60s'));
    world.child.kill('SIGINT');
    await eventually('it has ended', () => world.child.exitCode !== null);
    expect(world.child.exitCode).to.equal(0);
  });

  it('goes on accepting for the delay, unready', async () => {
    const world = await startWorld(config('60s'));
    void world.stop().catch(() => {});
    await eventually('it is not ready', async () => (await isReady(world)) === 503);
    const seen = backend.seen.length;
    const pending = fetch(`${world.url}/late`);
    await eventually('the request is at the backend', () => backend.seen.length > seen);
    release();
    expect((await pending).headers.get('connection')).to.equal('close');
    world.child.kill('SIGTERM');
    await eventually('a second signal ends it at once', () => world.child.exitCode === 1);
  });
});
