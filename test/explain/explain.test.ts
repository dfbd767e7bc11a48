import { request as send } from 'node:http';
import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import { explain } from '../../src/explain/explain.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { SnapshotCell } from '../../src/runtime/cell.ts';
import { RequestHandler } from '../../src/runtime/serve.ts';
import { emptySnapshot, type CompiledRule, type Snapshot } from '../../src/runtime/snapshot.ts';
import { defaultSettings } from '../../src/sources/file/settings.ts';
import { Worker } from '../compile/world.ts';
import { Random } from '../fuzz/random.ts';
import { limits, startListener } from '../http/world.ts';
import { randomConfig, randomRequest, type RandomConfig, type RandomRequest } from './random-config.ts';

const settings = { ...defaultSettings(), limits };
const configs = Number(process.env['LOOM_EXPLAIN_CONFIGS'] ?? 40);
const requestsPerConfig = 40;

/** What of an exchange can be compared with an explanation. */
interface Served {
  readonly error: string | undefined;
  readonly route: string;
  readonly rule: string;
  readonly params: Readonly<Record<string, string>>;
  readonly matchedPrefix: string;
  readonly stages: readonly string[];
  readonly backends: readonly string[];
  readonly chosen: string;
}

/** A listener on a socket with the handler of a data worker behind it; the upstream is not asked. */
async function startServer(): Promise<{
  use(config: RandomConfig): Promise<void>;
  serve(request: RandomRequest): Promise<Served>;
  stop(): Promise<void>;
}> {
  let last: Served | undefined;
  let found: CompiledRule | undefined;
  let chosen = '';
  let cell = new SnapshotCell<Snapshot>(emptySnapshot);
  let handler: RequestHandler;
  const { listener, port } = await startListener((exchange) => {
    [found, chosen] = [undefined, ''];
    handler.serve(exchange);
  });
  return {
    use: async (config) => {
      const { snapshot } = await new Worker().apply(config);
      const find: Snapshot['find'] = (request) => {
        const result = snapshot.find(request);
        found = result?.target;
        return result;
      };
      cell = new SnapshotCell<Snapshot>({ revision: 1, find });
      handler = new RequestHandler(
        cell,
        async (_exchange, target) => {
          const cluster = target.choose();
          chosen = typeof cluster === 'string' ? cluster : cluster.id;
          throw new LoomError('no-endpoint');
        },
        (exchange) => {
          const { route, rule, params, matchedPrefix, errorCode: error } = exchange;
          const stages = (found?.stages ?? []).map(({ name }) => name.replace(/^plugin:/, ''));
          const backends = (exchange.backends ?? []).map(({ id }) => id);
          last = { error, route, rule, params, matchedPrefix, stages, backends, chosen };
        },
      );
    },
    serve: async ({ method, host, target, headers }) => {
      last = undefined;
      await new Promise<void>((resolve, reject) => {
        const options = { port, method, path: target, headers: { host, ...Object.fromEntries(headers) } };
        send(options, (response) => response.resume().once('end', resolve))
          .once('error', reject)
          .end();
      });
      if (!last) throw new Error('nothing was served');
      return last;
    },
    stop: () => {
      listener.destroy();
      return Promise.resolve();
    },
  };
}

function compare(told: Explanation, served: Served): void {
  if (told.refused) return void expect(served.error).to.equal(told.refused.code);
  if (!told.taken) return void expect(served.error).to.equal('no-route');
  const { route, rule, params, matchedPrefix, stages, backends } = told.taken;
  expect(served).to.deep.include({ route, rule, params, matchedPrefix });
  expect(stages.map((one) => ('plugin' in one ? one.plugin : one.middleware))).to.deep.equal(served.stages);
  if (served.chosen === 'backend-missing') expect(backends.some(({ missing }) => missing)).to.equal(true);
  else if (served.chosen) {
    expect(backends.filter(({ missing }) => !missing).map(({ upstream }) => upstream)).to.include(
      served.chosen,
    );
  }
  for (const { upstream, missing } of backends) if (!missing) expect(served.backends).to.include(upstream);
}

describe('explain', () => {
  it('says what is served, for any configuration and any request', async function () {
    this.timeout(60_000);
    const seed = Number(process.env['LOOM_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const server = await startServer();
    let taken = 0;
    try {
      for (let i = 0; i < configs; i++) {
        const random = new Random(seed + i);
        const config = randomConfig(random);
        await server.use(config);
        const model = {
          routes: new Map(config.routes.map((one) => [one.id, one])),
          upstreams: new Map(config.upstreams.map((one) => [one.id, one])),
          plugins: new Map(config.plugins.map((one) => [one.id, one])),
          endpoints: new Map(),
        };
        for (let n = 0; n < requestsPerConfig; n++) {
          const asked = randomRequest(random);
          const { method, host, target, headers } = asked;
          const question = {
            method,
            url: `http://127.0.0.1${target}`,
            headers: [['host', host] as const, ...headers],
            client: '127.0.0.1',
          };
          const told = await explain({ model, settings }, question, Infinity);
          try {
            compare(told, await server.serve(asked));
          } catch (error) {
            const { message } = error as Error;
            const where = `seed ${seed + i}, ${JSON.stringify(asked)}`;
            throw new Error(`${where}: ${message}\n${JSON.stringify(told)}`, { cause: error });
          }
          if (told.taken) taken++;
        }
      }
    } finally {
      await server.stop();
    }
    expect(taken, 'requests with a route').to.be.above(configs * 5);
  });
});
