import { expect } from 'chai';
import type { Exchange } from '../../../src/http/exchange.ts';
import { HeaderList } from '../../../src/http/headers.ts';
import type { TracingSettings } from '../../../src/model/tracing.ts';
import { sampler, Tracer } from '../../../src/telemetry/tracing/tracer.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../../support/otlp-receiver.ts';
import { exchangeOf } from '../../support/requests.ts';
import { eventually } from '../../support/wait.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const silent = { warn: () => undefined, info: () => undefined };

describe('Tracer', () => {
  let receiver: OtlpReceiver;
  const tracers: Tracer[] = [];
  before(async () => {
    receiver = await startOtlpReceiver();
  });
  afterEach(async () => {
    for (const tracer of tracers.splice(0)) await tracer.close();
  });
  after(() => receiver.close());

  function tracerOf(part: Partial<TracingSettings> = {}): Tracer {
    const settings: TracingSettings = {
      url: `${receiver.url}/v1/traces`,
      headers: { 'x-key': 'k' },
      caFile: '',
      timeoutMs: 30_000,
      ratio: 1,
      followsParent: true,
      resource: { 'service.name': 'edge', team: 'a' },
      queueSpans: 100,
      flushMs: 5,
      redactQuery: ['token'],
      ...part,
    };
    const tracer = new Tracer(settings, '1.2.3', silent);
    tracers.push(tracer);
    return tracer;
  }
  const begun = (
    tracer: Tracer,
    headers: string[] = [],
    line = 'GET a.example:8080/p?x=1&token=s',
  ): Exchange => {
    const { exchange } = exchangeOf(line, headers);
    tracer.begin(exchange);
    return exchange;
  };
  const parentOf = ({ request }: Exchange): string[] => request.headers.get('traceparent')?.split('-') ?? [];

  it('begins a trace, and tells the upstream', () => {
    const exchange = begun(tracerOf(), ['tracestate', 'a=1']);
    expect(exchange.traceId).to.match(/^[0-9a-f]{32}$/);
    expect(parentOf(exchange)).to.include.members(['00', exchange.traceId, '01']);
    expect(exchange.request.headers.has('tracestate')).to.equal(false);
  });

  it('tells the upstream that a trace is not recorded', () => {
    const exchange = begun(tracerOf({ ratio: 0 }));
    expect(exchange.recording).to.equal(undefined);
    expect(parentOf(exchange)).to.include.members(['00', exchange.traceId, '00']);
  });

  it('follows the sender, whatever its own ratio is', () => {
    const sampled = begun(tracerOf({ ratio: 0 }), [
      'traceparent',
      `00-${traceId}-${spanId}-01`,
      'tracestate',
      'a=1',
    ]);
    expect(sampled.traceId).to.equal(traceId);
    expect(parentOf(sampled)).to.include.members([traceId, '01']).and.not.include(spanId);
    expect(sampled.request.headers.get('tracestate')).to.equal('a=1');
    const flat = ['traceparent', `00-${traceId}-${spanId}-00`, 'tracestate', 'a=1'];
    const not = begun(tracerOf({ ratio: 1 }), [...flat]);
    expect(not.recording).to.equal(undefined);
    expect(not.traceId).to.equal(traceId);
    expect(not.request.headers.flat).to.deep.equal(flat);
  });

  it('begins anew where it does not follow, or cannot', () => {
    const told = ['traceparent', `00-${traceId}-${spanId}-01`, 'tracestate', 'a=1'];
    const malformed = ['traceparent', `00-${traceId}-${spanId}-1`, 'tracestate', 'a=1'];
    for (const exchange of [
      begun(tracerOf({ followsParent: false }), told),
      begun(tracerOf({ ratio: 0 }), malformed),
    ]) {
      expect(exchange.traceId).to.have.length(32).and.not.equal(traceId);
      expect(parentOf(exchange)[1]).to.equal(exchange.traceId);
      expect(exchange.request.headers.has('tracestate')).to.equal(false);
    }
  });

  it('sends what a request was, as a span of a server', async () => {
    const tracer = tracerOf();
    const exchange = begun(tracer, ['traceparent', `00-${traceId}-${spanId}-01`, 'user-agent', 'curl/8']);
    Object.assign(exchange, {
      route: 'shop/cart',
      rule: 'main',
      upstream: 'shop/web',
      id: 'id-1',
      responseBytes: 7,
    });
    exchange.notes = { 'trace_span_tag.tenant': 't1', custom_log: 'x' };
    tracer.ended(exchange, 200);
    const span = await eventually('the span', () => receiver.spans.find((one) => one.traceId === traceId));
    expect(span).to.deep.include({
      parentSpanId: spanId,
      name: 'GET shop/cart',
      kind: 'server',
      scope: 'loom',
      failed: false,
    });
    expect(span.resource).to.include({
      'service.name': 'edge',
      'service.version': '1.2.3',
      team: 'a',
      'process.pid': process.pid,
    });
    expect(span.resource).to.include({ 'telemetry.sdk.language': 'nodejs' });
    expect(span.end - span.start >= 0n).to.equal(true);
    expect(Number(span.start / 1_000_000n)).to.equal(exchange.receivedAt);
    expect(span.attributes).to.deep.equal({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.request.body.size': 0,
      'http.response.body.size': 7,
      'url.scheme': 'http',
      'url.path': '/p',
      'url.query': 'x=1&token=***',
      'server.address': 'a.example',
      'server.port': 8080,
      'client.address': '192.0.2.1',
      'client.port': 40000,
      'network.protocol.version': '1.1',
      'user_agent.original': 'curl/8',
      'loom.listener': 'test',
      'loom.request_id': 'id-1',
      'loom.route': 'shop/cart',
      'loom.rule': 'main',
      'loom.upstream': 'shop/web',
      tenant: 't1',
    });
    expect(receiver.requests.at(-1)).to.deep.include({ url: '/v1/traces' });
    expect(receiver.requests.at(-1)?.headers).to.include({ 'x-key': 'k' });
  });

  it('sends what failed, and methods that nobody knows, without names of their own', async () => {
    const tracer = tracerOf();
    const exchange = begun(tracer, [], 'BREW [::1]:81/pot');
    exchange.errorCode = 'no-route';
    exchange.errorDetail = 'nothing matches';
    tracer.ended(exchange, 503);
    const own = (): typeof receiver.spans => receiver.spans.filter((one) => one.traceId === exchange.traceId);
    const span = await eventually('the span', () => own()[0]);
    expect(span).to.deep.include({
      name: 'HTTP',
      failed: true,
      message: 'nothing matches',
      parentSpanId: '',
    });
    expect(span.attributes).to.include({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'BREW',
      'server.address': '::1',
      'server.port': 81,
      'error.type': 'no-route',
      'loom.error': 'no-route',
    });
  });

  it('sends the tries at upstreams, each with what it told its upstream, and the phases of plugins', async () => {
    const tracer = tracerOf();
    const exchange = begun(tracer);
    const { recording } = exchange;
    if (!recording) throw new Error('it is not recorded');
    exchange.visits = [{ stage: {}, plugin: 'shop/p', verdict: 'continue' }];
    expect(recording.plugin('shop/p', 'request', () => 1)).to.equal(1);
    expect(await recording.plugin('shop/q', 'response', () => Promise.resolve(2))).to.equal(2);
    expect(() =>
      recording.plugin('shop/r', 'request', () => {
        throw new Error('trap');
      }),
    ).to.throw('trap');
    const first = parentOf(exchange)[2];
    const one = recording.attempt('shop/web', 'http', '10.0.0.1:80');
    one.over();
    one.outcome({ code: 'connect-failed', message: 'refused' });
    const two = recording.attempt('shop/web', 'https', '[::1]:443');
    const second = parentOf(exchange)[2];
    two.outcome({ head: { status: 200, headers: new HeaderList() } });
    expect(second).to.not.equal(first);
    two.over();
    tracer.ended(exchange, 200);
    const own = (): typeof receiver.spans =>
      receiver.spans.filter((span) => span.traceId === exchange.traceId);
    await eventually('all spans', () => own().length === 6);
    const server = own().find(({ kind }) => kind === 'server');
    const others = own().filter((span) => span !== server);
    expect(new Set(others.map(({ parentSpanId }) => parentSpanId))).to.deep.equal(new Set([server?.spanId]));
    expect(others.map(({ name, kind, failed, message }) => [name, kind, failed, message])).to.deep.equal([
      ['plugin shop/p request', 'internal', false, ''],
      ['plugin shop/q response', 'internal', false, ''],
      ['plugin shop/r request', 'internal', true, 'trap'],
      ['GET shop/web', 'client', true, 'refused'],
      ['GET shop/web', 'client', false, ''],
    ]);
    const [plugin, , , failed, answered] = others;
    expect(plugin?.attributes).to.deep.equal({
      'loom.plugin': 'shop/p',
      'loom.plugin.phase': 'request',
      'loom.plugin.verdict': 'continue',
    });
    expect([failed?.spanId, answered?.spanId]).to.deep.equal([first, second]);
    expect(failed?.attributes).to.include({
      'error.type': 'connect-failed',
      'server.address': '10.0.0.1',
      'server.port': 80,
    });
    expect(answered?.attributes).to.include({
      'url.full': 'https://a.example:8080/p?x=1&token=***',
      'http.response.status_code': 200,
      'http.request.resend_count': 1,
      'server.address': '::1',
    });
  });

  it('decides anew with the ratio of a rule, where the trace begins here', () => {
    const tracer = tracerOf({ ratio: 0 });
    const all = tracer.resampler(1);
    const none = tracer.resampler(0);
    const exchange = begun(tracer);
    all(exchange);
    expect(exchange.recording).not.to.equal(undefined);
    expect(parentOf(exchange)).to.include.members([exchange.traceId, '01']);
    none(exchange);
    expect(exchange.recording).to.equal(undefined);
    expect(parentOf(exchange)).to.include.members([exchange.traceId, '00']);
    for (const flags of ['00', '01']) {
      const told = begun(tracer, ['traceparent', `00-${traceId}-${spanId}-${flags}`]);
      const before = told.request.headers.get('traceparent');
      for (const decide of [all, none]) decide(told);
      expect(told.recording !== undefined).to.equal(flags === '01');
      expect(told.request.headers.get('traceparent')).to.equal(before);
    }
  });

  it('samples the part of the traces that is asked for, the same ones in every process', () => {
    const random = (i: number): string =>
      `${'0'.repeat(18)}${Math.floor((i / 1000) * 2 ** 56)
        .toString(16)
        .padStart(14, '0')}`;
    const chosen = (ratio: number): number[] =>
      Array.from({ length: 1000 }, (_, i) => i).filter((i) => sampler(ratio)(random(i)));
    expect(chosen(0)).to.have.length(0);
    expect(chosen(1)).to.have.length(1000);
    expect(chosen(0.01)).to.have.length.within(9, 11);
    expect(chosen(0.5)).to.include.members(chosen(0.01));
  });
});
