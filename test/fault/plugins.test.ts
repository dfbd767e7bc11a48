import { request } from 'node:http';
import { expect } from 'chai';
import { startBackend, type Backend } from '../support/backend.ts';
import { startWorld, type World } from '../support/world.ts';

const guest = (name: string): string => `${process.cwd()}/test/wasm/guests/build/${name}.wasm`;

describe('a plugin that breaks', () => {
  let backend: Backend;
  let world: World;

  before(async () => {
    backend = await startBackend((incoming, response) => {
      incoming.resume().on('end', () => {
        response.setHeader('trailer', 'x-sum');
        response.addTrailers({ 'x-sum': '1' });
        response.end('answer');
      });
    });
  });
  afterEach(async () => {
    await world.stop('SIGKILL');
  });
  after(() => backend.close());

  /** What becomes of the request; a response whose head has gone can only be cut. */
  const callbacks = {
    context_create: 503,
    request_headers: 503,
    request_body: 503,
    request_trailers: 503,
    response_headers: 503,
    response_body: 'cut',
    response_trailers: 'cut',
    log: 200,
    done: 200,
    delete: 200,
  };
  const names = Object.keys(callbacks);
  const dashed = (name: string): string => name.replace('_', '-');
  const post = (path: string): Promise<number | 'cut'> =>
    new Promise((resolve) => {
      const sent = request(
        world.url + path,
        { method: 'POST', headers: { trailer: 'x-sum' } },
        (response) => {
          response.once('error', () => resolve('cut'));
          response.resume().once('end', () => resolve(response.statusCode ?? 0));
        },
      );
      sent.once('error', () => resolve('cut')).addTrailers({ 'x-sum': '1' });
      sent.write('question');
      sent.end();
    });
  /** A route and a plugin for each callback, and a good one beside them in the one worker. */
  const config = (action: string): string => `
routes:
  - { id: good, path: /good, upstream: backend, plugins: [good] }
${names.map((name) => `  - { id: ${dashed(name)}, path: /${name}, upstream: backend, plugins: [${dashed(name)}] }`).join('\n')}
upstreams:
  - { name: backend, endpoints: ["127.0.0.1:${backend.port}"] }
plugins:
  - { name: good, path: ${guest('scripted')}, config: "request_headers:header" }
${names.map((name) => `  - { name: ${dashed(name)}, path: ${guest('scripted')}, config: "${name}:${action}", capabilities: { allow: [RequestBody, ResponseBody] } }`).join('\n')}
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
      for (const [callback, outcome] of Object.entries(callbacks)) {
        const [bad, good] = await Promise.all([post(`/${callback}`), post('/good')]);
        expect(good, `beside ${callback}`).to.equal(200);
        expect(bad, callback).to.equal(outcome);
      }
      const failed = world.log.filter(({ msg }) => msg === 'plugin failed');
      expect(failed.map(({ plugin }) => plugin)).to.have.members(names.map(dashed));
      for (const { error, stack } of failed) {
        expect(error).to.match(told);
        expect(stack, 'where in the module').to.have.property('length').that.is.greaterThan(0);
      }
      expect(world.log.filter(({ msg }) => msg === 'worker ended; it will be replaced')).to.deep.equal([]);
    });
  }
});
