import { expect } from 'chai';
import type { Condition } from '../../../src/api/core.ts';
import { Client } from '../../../src/sources/kube/client.ts';
import { EventWriter } from '../../../src/sources/kube/events.ts';
import { RateLimit } from '../../../src/sources/kube/rate-limit.ts';
import type { ObjectStatus, Warning } from '../../../src/sources/objects.ts';
import { loggerTo } from '../../../src/telemetry/log.ts';
import { KubeServer } from '../../support/kube-server.ts';
import { eventually } from '../../support/wait.ts';

const object = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name: 'cart', uid: 'u1' },
};

describe('the event writer', () => {
  let server: KubeServer;
  let client: Client;
  let writer: EventWriter;
  let leads: boolean;
  let shown: readonly Condition[];
  let stop: AbortController;
  let running: Promise<void>;
  /** Levels of the lines about Events that are lost. */
  let lost: string[];

  beforeEach(async () => {
    server = await new KubeServer().start();
    client = new Client({
      server: server.url,
      origin: 'test',
      read: () => Promise.resolve({ headers: {}, tls: {} }),
    });
    leads = true;
    lost = [];
    shown = [];
    stop = new AbortController();
    writer = make();
    running = writer.run(stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await client.close();
    await server.stop();
  });

  function make(): EventWriter {
    const log = loggerTo((line) => {
      if (line.includes('an event is lost')) lost.push((JSON.parse(line) as { level: string }).level);
    }, 'debug');
    return new EventWriter({
      client,
      leads: () => leads,
      shown: () => shown,
      identity: 'loom-1',
      log,
      backoff: { minMs: 10, maxMs: 20 },
      limit: new RateLimit(5, 1000),
    });
  }
  const report = (warnings: readonly Warning[], accepted: ObjectStatus['conditions'] = []): void =>
    writer.report(new Map([['Service:shop/cart', { object, conditions: accepted, warnings }]]));
  const warning = (message: string): Warning => ({ reason: 'UnknownAnnotation', message });
  const refused = [{ type: 'Accepted', status: 'False', reason: 'Invalid', message: 'no' }] as const;
  const asked = (method: string): readonly Record<string, unknown>[] =>
    server.requests
      .filter((request) => request.method === method)
      .map(({ body }) => body as Record<string, unknown>);
  /** Reports something new and waits for it: what was to be written before has been written then. */
  const flushed = async (mark: string): Promise<void> => {
    report([warning(mark)]);
    await eventually(mark, () => asked('POST').some(({ note }) => note === mark));
  };

  it('tells a warning once, with all that an Event needs', async () => {
    report([warning('a')]);
    report([warning('a')]);
    await flushed('mark');
    const [event, ...more] = asked('POST');
    expect(more.length).to.equal(1);
    expect(event).to.include({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      type: 'Warning',
      reason: 'UnknownAnnotation',
      note: 'a',
      action: 'Translate',
      reportingController: 'loom.dev/loom',
      reportingInstance: 'loom-1',
    });
    expect(event?.['regarding']).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Service',
      namespace: 'shop',
      name: 'cart',
      uid: 'u1',
    });
    expect(server.requests[0]?.path).to.equal('/apis/events.k8s.io/v1/namespaces/shop/events');
  });

  it('counts up a warning that went and came again', async () => {
    for (let i = 0; i < 3; i++) {
      report([warning('a')]);
      await eventually(`told ${i + 1} times`, () => server.requests.length === i + 1);
      report([]);
    }
    await eventually('a series of three', () => asked('PATCH').length === 2);
    expect(asked('POST').length).to.equal(1);
    expect(asked('PATCH').map(({ series }) => (series as { count: number }).count)).to.deep.equal([2, 3]);
  });

  describe('of a new leader', () => {
    let second: Promise<void>;

    const takeOver = (): void => {
      writer = make();
      second = writer.run(stop.signal);
    };
    afterEach(async () => {
      stop.abort();
      await second;
    });

    it('leaves the Event of what stood already, and tells what came while nobody led', async () => {
      report([warning('a')]);
      await eventually('told', () => asked('POST').length === 1);
      takeOver();
      report([warning('a'), warning('b')]);
      await flushed('mark');
      expect(asked('POST').map(({ note }) => note)).to.deep.equal(['a', 'a', 'b', 'mark']);
      expect(server.requests.length, 'and nothing is counted up').to.equal(4);
    });

    it('counts up that Event when the warning went and came again', async () => {
      report([warning('a')]);
      await eventually('told', () => asked('POST').length === 1);
      takeOver();
      report([warning('a')]);
      await eventually('found', () => asked('POST').length === 2);
      report([]);
      report([warning('a')]);
      await eventually('counted', () => asked('PATCH').length === 1);
      expect(asked('PATCH')[0]?.['series']).to.include({ count: 2 });
    });
  });

  it('leaves its own Event when it leads again, and goes on counting', async () => {
    const again = async (): Promise<void> => {
      const before = asked('PATCH').length;
      report([]);
      report([warning('a')]);
      await eventually('counted', () => asked('PATCH').length === before + 1);
    };
    report([warning('a')]);
    await eventually('told', () => asked('POST').length === 1);
    await again();
    leads = false;
    report([warning('a')]);
    leads = true;
    report([warning('a')]);
    await eventually('found', () => asked('POST').length === 2);
    await again();
    expect(asked('PATCH').map(({ series }) => (series as { count: number }).count)).to.deep.equal([2, 3]);
  });

  it('tells a refusal when it is new, and not when the object shows it already', async () => {
    report([], refused);
    await eventually('told', () => asked('POST').length === 1);
    report([], refused);
    report([], [{ ...refused[0], status: 'True' }]);
    shown = [{ ...refused[0], lastTransitionTime: '' }];
    report([], refused);
    await flushed('mark');
    expect(asked('POST').length).to.equal(2);
  });

  it('says nothing while another leads, and what is still true when it leads', async () => {
    leads = false;
    report([warning('a')]);
    leads = true;
    report([warning('a')]);
    await eventually('told', () => asked('POST').length === 1);
  });

  it('loses an Event that is refused, and goes on', async () => {
    server.fault = () => ({ status: 403 });
    report([warning('a')]);
    await eventually('refused', () => asked('POST').length === 1);
    server.fault = () => undefined;
    await flushed('mark');
    expect(asked('POST').length).to.equal(2);
  });

  for (const status of [401, 429, 503])
    it(`tries again where the server answers ${status}`, async () => {
      let refusals = 2;
      server.fault = () => (refusals-- > 0 ? { status } : undefined);
      report([warning('a')]);
      await eventually('told', () => asked('POST').length === 3);
      await flushed('mark');
      expect(asked('POST').map(({ note }) => note)).to.deep.equal(['a', 'a', 'a', 'mark']);
      expect(lost).to.deep.equal([]);
    });

  it('counts once what the server wrote although it answered that it could not', async () => {
    let failures = 1;
    server.fault = ({ body }) => {
      if (failures-- <= 0) return undefined;
      server.put('/apis/events.k8s.io/v1/events', body as object);
      return { status: 504 };
    };
    report([]);
    report([warning('a')]);
    await eventually('tried again', () => asked('POST').length === 2);
    await flushed('mark');
    expect(asked('PATCH')).to.deep.equal([]);
  });

  it('gives up one that the server never takes, and says so', async () => {
    server.fault = ({ body }) =>
      (body as { readonly note?: string }).note === 'a' ? { status: 500 } : undefined;
    report([warning('a')]);
    await eventually('lost', () => lost.length === 1);
    await flushed('mark');
    expect(asked('POST').filter(({ note }) => note === 'a').length).to.equal(10);
    expect(lost).to.deep.equal(['warn']);
  });

  it('cuts a note to 1024 bytes', async () => {
    report([warning('é'.repeat(2000))]);
    await eventually('told', () => asked('POST').length === 1);
    const note = asked('POST')[0]?.['note'] as string;
    expect(Buffer.byteLength(note)).to.be.within(1000, 1024);
    expect(note).to.match(/^é+…$/);
  });

  it('writes one that has expired anew', async () => {
    report([warning('a')]);
    await eventually('told', () => asked('POST').length === 1);
    report([]);
    const told = asked('POST')[0]?.['metadata'] as { readonly name: string } | undefined;
    server.delete('/apis/events.k8s.io/v1/events', `shop/${told?.name}`);
    report([warning('a')]);
    await eventually('told again', () => asked('POST').length === 2);
    expect(asked('PATCH').length).to.equal(1);
  });

  it('gives up one that is there and is not there', async () => {
    server.fault = ({ method, body }) =>
      method === 'PATCH'
        ? { status: 404 }
        : (body as { readonly note?: string }).note === 'a'
          ? { status: 409 }
          : undefined;
    report([]);
    report([warning('a')]);
    await eventually('two rounds', () => asked('PATCH').length === 2);
    await flushed('mark');
    await flushed('another');
    expect(asked('POST').filter(({ note }) => note === 'a').length).to.equal(2);
    expect(asked('PATCH').length).to.equal(2);
    expect(lost).to.deep.equal(['debug']);
  });

  it('has the limit count each request, also where the Event has expired', async () => {
    const names = ['a', 'b', 'c'];
    report(names.map(warning));
    await eventually('told', () => asked('POST').length === 3);
    report([]);
    for (const { metadata } of asked('POST'))
      server.delete('/apis/events.k8s.io/v1/events', `shop/${(metadata as { readonly name: string }).name}`);
    const began = performance.now();
    report(names.map(warning));
    await eventually('told again', () => asked('POST').length === 6);
    expect(asked('PATCH').length).to.equal(3);
    expect(performance.now() - began).to.be.greaterThan(900);
  });

  it('writes as many as the limit lets', async () => {
    const began = performance.now();
    report(Array.from({ length: 6 }, (_, i) => warning(`w${i}`)));
    await eventually('six', () => asked('POST').length === 6);
    expect(performance.now() - began).to.be.greaterThan(950);
  });
});
