import { expect } from 'chai';
import type { TracingSettings } from '../../../src/model/tracing.ts';
import { Tracer } from '../../../src/telemetry/tracing/tracer.ts';
import { makeTlsPair } from '../../support/tls-pair.ts';
import { freePort } from '../../support/free-port.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { exchangeOf } from '../../support/requests.ts';
import { TimerCensus } from '../../support/timers.ts';
import { eventually } from '../../support/wait.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('the queue of spans', () => {
  const tracers: Tracer[] = [];
  afterEach(async () => {
    for (const tracer of tracers.splice(0)) await tracer.close();
  });

  function setUp(part: Partial<TracingSettings>): {
    send: (count: number) => void;
    counts: () => Record<string, number>;
    told: string[];
    tracer: Tracer;
  } {
    const told: string[] = [];
    const log = {
      warn: (_: unknown, text?: string) => told.push(text ?? ''),
      info: (_: unknown, text?: string) => told.push(text ?? ''),
    };
    const settings: TracingSettings = {
      url: '',
      headers: {},
      caFile: '',
      // Less than the first pause between two tries of the exporter.
      timeoutMs: 700,
      ratio: 1,
      followsParent: true,
      resource: {},
      queueSpans: 10,
      flushMs: 5,
      redactQuery: [],
      ...part,
    };
    const tracer = new Tracer(settings, '1', log as never);
    tracers.push(tracer);
    return {
      tracer,
      told,
      send: (count) => {
        for (let i = 0; i < count; i++) {
          const { exchange } = exchangeOf('GET a/');
          tracer.begin(exchange);
          tracer.ended(exchange, 200);
        }
      },
      counts: () =>
        Object.fromEntries(
          tracer
            .toJson()
            .flatMap(({ values }) => values.map(({ labels, value }) => [String(labels['outcome']), value])),
        ),
    };
  }

  it('has a limit while the collector is away, says so once, and goes on when it is there', async () => {
    const port = await freePort();
    const { send, counts, told } = setUp({ url: `http://127.0.0.1:${port}/v1/traces` });
    send(25);
    expect(counts()).to.deep.equal({ exported: 0, failed: 0, dropped: 15 });
    await eventually('the first are given up', () => counts()['failed'] === 10);
    send(1);
    await eventually('the next is given up', () => counts()['failed'] === 11);
    expect(told).to.deep.equal(['spans cannot be exported']);
    const receiver = await startOtlpReceiver({ port });
    try {
      // Again and again: a busy machine may give one up whose answer was late.
      await eventually('the collector has some', () => {
        send(1);
        return receiver.spans.length > 0;
      });
      await eventually('they are counted', () => Number(counts()['exported']) > 0);
      expect(told).to.deep.equal(['spans cannot be exported', 'spans are exported again']);
    } finally {
      await receiver.close();
    }
  });

  it('has a timer only while something waits, also for what comes while a batch is on its way', async () => {
    const timers = new TimerCensus();
    const receiver = await startOtlpReceiver();
    try {
      receiver.status = 0;
      const flushMs = 13;
      const { send, counts } = setUp({ url: `${receiver.url}/v1/traces`, flushMs });
      expect(timers.running(flushMs)).to.equal(0);
      for (let i = 0; i < 2; i++) {
        send(2);
        expect(timers.running(flushMs)).to.equal(1);
        await eventually('it has fired', () => timers.running(flushMs) === 0);
      }
      expect(counts()['failed'], 'the first are on their way').to.equal(0);
      await eventually('all are given up', () => counts()['failed'] === 4);
      expect(timers.running(flushMs)).to.equal(0);
    } finally {
      await receiver.close();
      timers.close();
    }
  });

  it('gives up a batch that the collector refuses, and one that it does not answer', async () => {
    const receiver = await startOtlpReceiver();
    try {
      const { send, counts } = setUp({ url: `${receiver.url}/v1/traces` });
      receiver.status = 400;
      send(2);
      await eventually('they are given up', () => counts()['failed'] === 2);
      receiver.status = 0;
      send(1);
      await eventually('it is given up', () => counts()['failed'] === 3);
      receiver.status = 200;
      await eventually('one is taken', () => {
        send(1);
        return Number(counts()['exported']) > 0;
      });
    } finally {
      await receiver.close();
    }
  });

  it('sends what waits when it is closed, and does not wait for a collector that is away', async () => {
    const receiver = await startOtlpReceiver();
    const there = setUp({ url: `${receiver.url}/v1/traces`, flushMs: 100_000 });
    there.send(3);
    await there.tracer.close();
    expect(receiver.spans).to.have.length(3);
    await receiver.close();
    const away = setUp({ url: `http://127.0.0.1:${await freePort()}/v1/traces`, flushMs: 5 });
    away.send(1);
    await eventually('it is known to be away', () => away.counts()['failed'] === 1);
    away.send(1);
    const before = performance.now();
    await away.tracer.close();
    expect(performance.now() - before).to.be.below(5000);
  });

  it('believes the authorities of its file, when it is there', async () => {
    const tls = makeTlsPair();
    const folder = mkdtempSync(join(tmpdir(), 'loom-otlp-'));
    const receiver = await startOtlpReceiver({ tls });
    try {
      const caFile = join(folder, 'ca.pem');
      const { send, counts } = setUp({ url: `${receiver.url}/v1/traces`, caFile });
      send(1);
      await eventually('there is no file', () => counts()['failed'] === 1);
      writeFileSync(caFile, tls.cert);
      send(1);
      await eventually('it is taken', () => counts()['exported'] === 1);
      const stranger = setUp({ url: `${receiver.url}/v1/traces` });
      stranger.send(1);
      await eventually('the authority is not known', () => stranger.counts()['failed'] === 1);
      expect(receiver.spans).to.have.length(1);
    } finally {
      await receiver.close();
      rmSync(folder, { recursive: true });
    }
  });
});
