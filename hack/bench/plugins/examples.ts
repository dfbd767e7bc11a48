import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Cluster } from '../../../src/balance/cluster.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import type { LoadedPlugin } from '../../../src/runtime/messages.ts';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { PluginMemories } from '../../../src/wasm/shared/plugin-memories.ts';
import type { PluginEnvironment } from '../../../src/wasm/plugin-vm.ts';
import { callWorld } from '../../../test/wasm/calls/world.ts';
import { anExchange, loadedPlugin, respond } from '../../../test/wasm/world.ts';
import { authConfig, authGrants, Immediately } from './calls.ts';
import { documentOf } from './documents.ts';
import { figure, print, summaryOf } from './table.ts';
import { end, limits, vmOf } from './worker.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const secret = 'sixteen-characters-or-more';
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const claims = { sub: 'ann', iss: 'https://issuer.example.com', exp: Math.floor(Date.now() / 1000) + 86_400 };

function token(alg: 'HS256' | 'RS256'): string {
  const text = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  const signature =
    alg === 'HS256'
      ? createHmac('sha256', secret).update(text).digest('base64url')
      : createSign('sha256').update(text).sign(keys.privateKey, 'base64url');
  return `Bearer ${text}.${signature}`;
}

interface Example {
  readonly name: string;
  readonly module: string;
  readonly config: unknown;
  readonly headers?: readonly string[];
  readonly body?: Buffer;
  readonly part?: Partial<LoadedPlugin>;
  readonly environment?: Partial<PluginEnvironment>;
}

const changes = { response: { set: { '/user/role': 'guest' }, remove: ['/user/mail'] } };
const bucket = { requestsPerSecond: 1e9, burst: 1e9 };

/** In languages whose compiler not every machine has: `npm run test:plugins` builds them. */
const compiled: readonly Example[] = [
  {
    name: 'rust-api-key',
    module: 'rust-api-key',
    config: { consumers: { ann: secret } },
    headers: ['x-api-key', secret],
  },
  {
    name: 'go-redact, 2.4 KB',
    module: 'go-redact',
    config: { patterns: [String.raw`\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b`] },
    body: documentOf(2400),
  },
];

function examples(shared: LoadedPlugin, nobody: Cluster): readonly Example[] {
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' });
  const body = documentOf(2400);
  return [
    {
      name: 'header-rewrite',
      module: 'header-rewrite',
      config: { request: { 'x-a': 'b' }, response: { 'x-c': 'd' } },
    },
    { name: 'rate-limit', module: 'rate-limit', config: bucket },
    { name: 'rate-limit, shared', module: 'rate-limit', config: { ...bucket, shared: true }, part: shared },
    {
      name: 'jwt-check, HS256',
      module: 'jwt-check',
      config: { secret },
      headers: ['authorization', token('HS256')],
    },
    {
      name: 'jwt-check, RS256',
      module: 'jwt-check',
      config: { publicKey },
      headers: ['authorization', token('RS256')],
    },
    { name: 'body-transform, 2.4 KB', module: 'body-transform', config: changes, body },
    { name: 'lazy-transform, 2.4 KB', module: 'lazy-transform', config: changes, body },
    { name: 'body-transform, 50 KB', module: 'body-transform', config: changes, body: documentOf(50_000) },
    { name: 'lazy-transform, 50 KB', module: 'lazy-transform', config: changes, body: documentOf(50_000) },
    {
      name: 'http-auth, answered at once',
      module: 'http-auth',
      config: JSON.parse(authConfig),
      part: { capabilities: authGrants },
      environment: { callouts: new Immediately(nobody, 0) },
    },
    ...compiled.filter(({ module }) => existsSync(`plugins/examples/${module}/build/${module}.wasm`)),
  ];
}

/**
 * What each example adds to an exchange: CPU time of this thread over rounds of exchanges, of which there are many in each because
 * that clock is a coarse one. Making the exchange is left out.
 */
export async function exampleRows(scale: number): Promise<void> {
  const one = await loadedPlugin('rate-limit', { limits });
  const shared = [...new PluginMemories().attach(new Map([[one.id, one]])).values()][0] as LoadedPlugin;
  const surroundings = await callWorld([]);
  const racing = await Promise.all(
    examples(shared, surroundings.upstream('shop/auth', [])).map(
      async ({ name, module, config, headers, body, part: more, environment }) => {
        const vm = await vmOf(module, more, environment);
        const stage = pluginStage(vm.root(JSON.stringify(config)));
        const make = (): Exchange => {
          const exchange = anExchange('GET shop.example.com/cart', [...(headers ?? [])]);
          exchange.upstreamStatus = 200;
          return exchange;
        };
        const type = body ? ['content-type', 'application/json', 'content-length', String(body.length)] : [];
        const round = async (count: number): Promise<number> => {
          const exchanges = Array.from({ length: count }, make);
          const began = process.threadCpuUsage();
          const waits: unknown[] = [];
          for (const exchange of exchanges) waits.push(stage.request?.(exchange));
          if (waits.some((wait) => wait)) {
            while (!exchanges.every(({ request }) => request.headers.has('x-user'))) await setImmediate();
            if ((await Promise.all(waits)).some((reply) => reply)) throw new Error(`${name} answered`);
          }
          for (const exchange of exchanges) {
            respond(exchange, 200, type.slice()).responseBody = body;
            void stage.response?.(exchange);
            end(stage, exchange);
          }
          const { user, system } = process.threadCpuUsage(began);
          return (user + system) / count;
        };
        return {
          name,
          round,
          count: body ? (body.length > 10_000 ? 100 : 400) : 2000,
          times: [] as number[],
        };
      },
    ),
  );
  const rounds = Math.ceil(60 * scale);
  for (let i = 0; i < rounds * 1.5; i++) {
    for (const { round, count, times } of racing) {
      const time = await round(count);
      if (i >= rounds / 2) times.push(time);
    }
  }
  const rows = racing.map(({ name, times }) => {
    const { avg, p50, p95 } = summaryOf(times);
    const p10 = times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)] ?? 0;
    return [name, ...[p10, p50, p95, avg].map(figure)];
  });
  print('What an example adds to an exchange, CPU µs', ['', 'p10', 'p50', 'p95', 'avg'], rows);
  surroundings.close();
}
