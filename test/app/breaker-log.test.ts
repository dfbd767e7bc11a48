import { expect } from 'chai';
import pino from 'pino';
import { BreakerLog } from '../../src/app/breaker-log.ts';
import { Breaker } from '../../src/balance/breaker.ts';
import { SharedState } from '../../src/balance/shared.ts';
import { Pulse } from '../../src/pulse.ts';
import { emptyModel } from '../../src/runtime/delta.ts';

describe('BreakerLog', () => {
  it('says each change once, and nothing of a breaker that stays as it is', () => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const shared = new SharedState();
    const circuitBreaker = { failureThreshold: 2, successThreshold: 1, timeoutMs: 60_000 };
    const upstream = {
      id: 'u',
      slot: 3,
      loadBalancer: 'RoundRobin',
      connectTimeoutMs: 1000,
      circuitBreaker,
    } as const;
    let model = { ...emptyModel, upstreams: new Map([['u', upstream]]) };
    const watch = new BreakerLog(new Pulse(), () => model, shared, log);
    const breaker = new Breaker(circuitBreaker, 3, shared);
    watch.look();
    for (let i = 0; i < 2; i++) {
      breaker.enter();
      breaker.failure();
    }
    watch.look();
    expect(watch.look()).to.equal(true);
    model = emptyModel as typeof model;
    expect(watch.look(), 'nothing is left to look at').to.equal(false);
    watch.close();
    expect(
      lines.map(({ msg, upstream: id, state, before, level }) => [msg, id, state, before, level]),
    ).to.deep.equal([['circuit breaker changed', 'u', 'open', 'closed', 40]]);
  });
});
