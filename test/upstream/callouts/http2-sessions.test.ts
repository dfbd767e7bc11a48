import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import { expect } from 'chai';
import { Http2Sessions } from '../../../src/upstream/callouts/http2-sessions.ts';
import { TimerCensus } from '../../support/timers.ts';

const everyMs = 10_000;
const settings = { protocol: 'Grpc', connectTimeoutMs: 30_000 } as const;

describe('Http2Sessions', () => {
  let timers: TimerCensus;
  let sessions: Http2Sessions;
  const server = createServer();
  const enter = (): ReturnType<Http2Sessions['enter']> => {
    const { port } = server.address() as AddressInfo;
    return sessions.enter({ address: '127.0.0.1', port, authority: 'a' }, settings, undefined);
  };
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => server.close());
  beforeEach(() => {
    timers = new TimerCensus();
    sessions = new Http2Sessions();
  });
  afterEach(() => {
    sessions.close();
    timers.close();
    mock.restoreAll();
  });

  it('sweep only while there are any', async () => {
    for (let i = 0; i < 2; i++) {
      expect(timers.running(everyMs)).to.equal(0);
      const { session } = enter();
      enter();
      expect(timers.running(everyMs)).to.equal(1);
      const closed = once(session, 'close');
      session.destroy();
      await closed;
      timers.fire(everyMs);
    }
    expect(timers.running(everyMs)).to.equal(0);
  });

  it('do not take for unused what came after a rest', async () => {
    const start = performance.now() + 500_000;
    const clock = mock.method(performance, 'now', () => start);
    const { session, leave } = enter();
    leave();
    clock.mock.mockImplementation(() => start + everyMs);
    timers.fire(everyMs);
    expect(session.closed).to.equal(false);
    clock.mock.mockImplementation(() => start + 130_000);
    timers.fire(everyMs);
    expect(session.closed).to.equal(true);
  });
});
