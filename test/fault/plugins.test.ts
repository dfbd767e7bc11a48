import { expect } from 'chai';
import { echoBackend, type Backend } from '../support/backend.ts';
import { startWorld, type World } from '../support/world.ts';

const guest = (name: string): string => `${process.cwd()}/test/wasm/guests/build/${name}.wasm`;

describe('a plugin that breaks', () => {
  let backend: Backend;
  let world: World;

  before(async () => {
    backend = await echoBackend('one');
  });
  afterEach(async () => {
    await world.stop('SIGKILL');
  });
  after(() => backend.close());

  const callbacks = ['context_create', 'request_headers', 'response_headers', 'log', 'done', 'delete'];
  const dashed = (name: string): string => name.replace('_', '-');
  /** A route and a plugin for each callback, and a good one beside them in the one worker. */
  const config = (action: string): string => `
routes:
  - { id: good, path: /good, upstream: backend, plugins: [good] }
${callbacks.map((name) => `  - { id: ${dashed(name)}, path: /${name}, upstream: backend, plugins: [${dashed(name)}] }`).join('\n')}
upstreams:
  - { name: backend, endpoints: ["127.0.0.1:${backend.port}"] }
plugins:
  - { name: good, path: ${guest('scripted')}, config: "request_headers:header" }
${callbacks.map((name) => `  - { name: ${dashed(name)}, path: ${guest('scripted')}, config: "${name}:${action}" }`).join('\n')}
workers: 1
`;

  const failures = [
    ['spin', /computed for longer than 50 ms/],
    ['trap', /unreachable/],
    ['grow', /unreachable/],
    ['recurse', /call stack/],
    ['exit', /proc_exit\(7\)/],
  ] as const;
  for (const [action, told] of failures) {
    it(`by ${action} in any callback loses its own requests only`, async () => {
      world = await startWorld(config(action));
      for (const callback of callbacks) {
        const bad = fetch(`${world.url}/${callback}`);
        const good = await fetch(`${world.url}/good`);
        expect(good.status, `beside ${callback}`).to.equal(200);
        expect((await bad).status, callback).to.equal(callback.includes('_') ? 503 : 200);
      }
      const failed = world.log.filter(({ msg }) => msg === 'plugin failed');
      expect(failed.map(({ plugin }) => plugin)).to.have.members(callbacks.map(dashed));
      for (const { error, stack } of failed) {
        expect(error).to.match(told);
        expect(stack, 'where in the module').to.have.property('length').that.is.greaterThan(0);
      }
      expect(world.log.filter(({ msg }) => msg === 'worker ended; it will be replaced')).to.deep.equal([]);
    });
  }
});
