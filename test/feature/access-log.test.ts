import { existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { echoBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources, startWorld, type World } from '../support/world.ts';

let backend: Backend;
before(async () => {
  backend = await echoBackend('a');
});
after(() => backend.close());

const routes = (): string => `
routes:
  - { id: teapot, path: /teapot, direct_response: { status: 418, body: short } }
  - { id: all, path: /*, upstream: u }
upstreams:
  - { name: u, endpoints: ["127.0.0.1:${backend.port}"] }
`;
const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
const get = async (world: World, path: string, headers: Record<string, string> = {}): Promise<void> => {
  const response = await fetch(world.url + path, { headers });
  expect(response.status, await response.text()).to.be.oneOf([200, 418]);
};

bothSources('access log', (start) => {
  it('is what its settings say, in a file that can be rotated', async () => {
    const world = await start(`
access_log:
  output: access.log
  format: '\${method} \${target} \${status} \${header.authorization} \${response.header.content-type}'
  sampling: { 4xx: 0 }
${routes()}`);
    const file = join(world.folder, 'access.log');
    await get(world, '/teapot');
    await get(world, '/a?x=1&access_token=abc', { authorization: 'Bearer abc' });
    await eventually('a line', () => linesOf(file).length === 1);
    expect(linesOf(file)).to.deep.equal(['GET /a?x=1&access_token=*** 200 *** application/json']);
    renameSync(file, `${file}.1`);
    world.child.kill('SIGUSR1');
    // The worker that is asked may not have heard of the signal yet.
    let asked = 0;
    await eventually('a line in the new file', async () => {
      await get(world, '/b', { connection: 'close' });
      asked++;
      return linesOf(file).some((line) => line.includes('/b'));
    });
    await eventually(
      'no line is lost',
      () => linesOf(`${file}.1`).length + linesOf(file).length === 1 + asked,
    );
    await eventually('all are counted', async () => {
      const metrics = await (await fetch(`${world.admin}/metrics`)).text();
      return ['written', 'sampled-out'].every((outcome) =>
        metrics.includes(
          `loom_access_log_lines_total{outcome="${outcome}"} ${outcome === 'written' ? 1 + asked : 1}\n`,
        ),
      );
    });
    expect(await world.stop()).to.equal(0);
  });
});

// Where its objects come from makes no difference to the log.
describe('access log', () => {
  it('does without a disk that has no room, says so once, and heals', async () => {
    const world = await startWorld(`
access_log: { output: /tmp/loom-access-${process.pid}.log, format: '\${path}', buffer_kib: 16 }
workers: 1
${routes()}`);
    const file = `/tmp/loom-access-${process.pid}.log`;
    try {
      rmSync(file, { force: true });
      symlinkSync('/dev/full', file);
      const told = (msg: string): readonly unknown[] => world.log.filter((line) => line['msg'] === msg);
      await get(world, '/first');
      await eventually('it says so', () => told('access log cannot be written').length > 0);
      const long = `/${'x'.repeat(4000)}`;
      for (let i = 0; i < 10; i++) await get(world, long);
      const metric = async (name: string): Promise<number> => {
        const text = await (await fetch(`${world.admin}/metrics`)).text();
        return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
      };
      const dropped = (): Promise<number> => metric('loom_access_log_lines_total\\{outcome="dropped"\\}');
      await eventually('what has no room is dropped', async () => (await dropped()) >= 6);
      expect(await dropped()).to.be.at.most(8);
      expect(await metric('loom_access_log_failures_total\\{reason="ENOSPC"\\}')).to.be.above(0);
      rmSync(file);
      await eventually('it says that it is over', () => told('access log can be written again').length > 0);
      expect(linesOf(file)[0]).to.equal('/first');
      expect(told('access log cannot be written')).to.have.length(1);
      await get(world, '/last');
      await eventually('the last line', () => linesOf(file).includes('/last'));
    } finally {
      await world.stop('SIGKILL');
      rmSync(file, { force: true });
    }
  });
});
