import { expect } from 'chai';
import { startBackend, type Backend } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { eventually } from '../support/wait.ts';
import { bothSources, startWorld, type World } from '../support/world.ts';

const wasm = (name: string): string => `${process.cwd()}/plugins/examples/${name}/build/${name}.wasm`;
const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

/** What a plugin asks about the request, and what the upstream gets. */
let auth: Backend;
let backend: Backend;
/** Statuses that the backend answers with next. */
const next: number[] = [];
before(async () => {
  auth = await startBackend((_, response) => response.writeHead(200).end());
  backend = await startBackend((_, response) => response.writeHead(next.shift() ?? 200).end('ok'));
});
after(async () => {
  await auth.close();
  await backend.close();
});

const objects = (): string => `
routes:
  - id: shop
    path: /shop/*
    upstream: main
    plugins: [auth]
    retries: { statuses: [503], backoff: { base: 1ms }, budget: { percent: 50, floor: 2 } }
  - { id: quiet, path: /quiet, upstream: main, tracing: { sample_percent: 0 } }
upstreams:
  - { name: main, endpoints: ["127.0.0.1:${backend.port}"] }
  - { name: auth, endpoints: ["127.0.0.1:${auth.port}"] }
plugins:
  - name: auth
    path: ${wasm('http-auth')}
    config: { upstream: auth, path: /check, sendHeaders: [traceparent, tracestate], timeoutMs: 30000 }
    capabilities: { upstreams: [auth] }
`;

bothSources('tracing', (start) => {
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    receiver = await startOtlpReceiver();
  });
  afterEach(() => receiver.close());
  const spansOf = (trace: string): readonly ReceivedSpan[] =>
    receiver.spans.filter((span) => span.traceId === trace);

  it('shows a request with the plugin and each try, which the upstream continues, and begins traces', async () => {
    const world = await start(`
tracing:
  endpoint: ${receiver.url}
  sampling: { percent: 100 }
  flush_interval: 10ms
  service_name: edge
${objects()}`);
    next.push(503);
    const before = backend.seen.length;
    const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'vendor=1' };
    expect((await fetch(`${world.url}/shop/cart`, { headers })).status).to.equal(200);
    const spans = await eventually('all spans', () => spansOf(traceId).length >= 5 && spansOf(traceId));
    const server = spans.find(({ kind }) => kind === 'server');
    expect(server).to.deep.include({ parentSpanId: spanId, name: `GET ${world.id('shop')}`, failed: false });
    expect(server?.resource).to.include({ 'service.name': 'edge' });
    const inner = spans.filter((span) => span !== server);
    for (const { parentSpanId, start: from, end } of inner) {
      expect(parentSpanId).to.equal(server?.spanId);
      expect(from >= (server?.start ?? 0n) && end <= (server?.end ?? 0n) + 1_000_000_000n).to.equal(true);
    }
    const tries = inner
      .filter(({ kind }) => kind === 'client')
      .toSorted((a, b) => (a.start < b.start ? -1 : 1));
    expect(tries.map(({ attributes }) => attributes['http.response.status_code'])).to.deep.equal([503, 200]);
    const phases = inner.filter(({ kind }) => kind === 'internal');
    expect(phases.map(({ name }) => name)).to.have.members([
      `plugin ${world.id('auth')} request`,
      `plugin ${world.id('auth')} response`,
    ]);
    const told = backend.seen.slice(before).map((request) => request.headers['traceparent']);
    expect(told).to.deep.equal(tries.map((one) => `00-${traceId}-${one.spanId}-01`));
    expect(backend.seen.at(-1)?.headers['tracestate']).to.equal('vendor=1');
    expect(auth.seen.at(-1)?.headers).to.include({ traceparent: told[0], tracestate: 'vendor=1' });
    const line = await eventually('the line', () => world.log.find((one) => one['level'] === 'access'));
    expect(line['traceId']).to.equal(traceId);
    await beginsTraces(world);
  });

  /** Where there is none, and leaves out what is not sampled. */
  async function beginsTraces(world: World): Promise<void> {
    const known = spansOf(traceId).length;
    const cases: readonly (readonly [string | undefined, string])[] = [
      [undefined, '01'],
      [`00-${traceId}-${spanId}-1`, '01'],
      [`00-${traceId}-${spanId}-00`, '00'],
    ];
    for (const [traceparent, flags] of cases) {
      await (await fetch(`${world.url}/shop/a`, { ...(traceparent && { headers: { traceparent } }) })).text();
      const [, trace = '', , told] = String(backend.seen.at(-1)?.headers['traceparent']).split('-');
      expect(told).to.equal(flags);
      expect(trace === traceId).to.equal(flags === '00');
      if (flags === '01') await eventually('its spans', () => spansOf(trace).length === 4);
    }
    expect(spansOf(traceId)).to.have.length(known);
    expect((await fetch(`${world.url}/quiet`)).status).to.equal(200);
    expect(backend.seen.at(-1)?.headers['traceparent']).to.match(/-00$/);
    expect((await fetch(`${world.url}/nowhere`)).status).to.equal(404);
    const lost = await eventually('the request that matched nothing', () =>
      receiver.spans.find(({ attributes }) => attributes['loom.error'] === 'no-route'),
    );
    const line = await eventually('its line', () => world.log.find((one) => one['error'] === 'no-route'));
    expect(line['traceId']).to.equal(lost.traceId);
    // The receiver has them before its answer has come.
    await eventually('all are counted', async () =>
      /^loom_trace_spans_total\{outcome="exported"\} 14$/m.test(
        await (await fetch(`${world.admin}/metrics`)).text(),
      ),
    );
  }
});

describe('tracing', () => {
  it('goes on without its collector, and ends without it', async () => {
    const port = await freePort();
    const world = await startWorld(`
tracing: { endpoint: "http://127.0.0.1:${port}", sampling: { percent: 100 }, flush_interval: 10ms, timeout: 700ms, queue_spans: 2 }
workers: 1
${objects()}`);
    try {
      const told = (msg: string): readonly unknown[] => world.log.filter((line) => line['msg'] === msg);
      const get = async (): Promise<void> => {
        expect((await fetch(`${world.url}/shop/a`)).status).to.equal(200);
      };
      await get();
      await eventually('it says so', () => told('spans cannot be exported').length === 1);
      const answers = Array.from({ length: 20 }, get);
      await Promise.all(answers);
      for (const outcome of ['dropped', 'failed'])
        await eventually(`some are ${outcome}`, async () =>
          new RegExp(`^loom_trace_spans_total\\{outcome="${outcome}"\\} [1-9]`, 'm').test(
            await (await fetch(`${world.admin}/metrics`)).text(),
          ),
        );
      expect(told('spans cannot be exported'), 'said once').to.have.length(1);
      const receiver = await startOtlpReceiver({ port });
      await eventually('it says that it is over', async () => {
        await get();
        return told('spans are exported again').length > 0;
      });
      // It takes what comes and never answers.
      receiver.status = 0;
      await get();
      const asked = receiver.requests.length;
      await eventually('it is asked', () => receiver.requests.length > asked);
      expect(await world.stop()).to.equal(0);
      await receiver.close();
      expect(told('spans cannot be exported').length).to.be.at.most(
        told('spans are exported again').length + 1,
      );
    } finally {
      await world.stop('SIGKILL');
    }
  });
});
