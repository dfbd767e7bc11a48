import { expect } from 'chai';
import { PanicLog } from '../../src/app/panic-log.ts';
import { SharedState } from '../../src/balance/shared.ts';
import { Pulse } from '../../src/pulse.ts';
import { emptyModel } from '../../src/runtime/delta.ts';
import type { PlacedUpstream } from '../../src/runtime/messages.ts';
import type { Logger } from '../../src/telemetry/log.ts';
import { equal, setHealthy, upstream } from '../balance/world.ts';

const healthCheck = { intervalMs: 1000, timeoutMs: 1000, healthyThreshold: 1, unhealthyThreshold: 1 };

describe('PanicLog', () => {
  let shared: SharedState;
  let lines: string[];
  let checked: Map<string, PlacedUpstream>;
  let watched: Map<string, PlacedUpstream>;
  let log: PanicLog;
  beforeEach(() => {
    shared = new SharedState();
    lines = [];
    checked = new Map([['u', { ...upstream('Random'), healthCheck }]]);
    watched = checked;
    const write = (_: object, message: string): void => void lines.push(message);
    const endpoints = new Map([['u', equal(4)]]);
    log = new PanicLog(
      new Pulse(),
      () => ({ ...emptyModel, upstreams: checked, endpoints, watched }),
      shared,
      { warn: write, info: write } as unknown as Logger,
    );
  });
  afterEach(() => log.close());
  const fail = (...slots: readonly number[]): void => {
    for (const slot of slots) setHealthy(shared, slot, false);
  };

  it('says once when too few endpoints are healthy, and once when enough are', () => {
    log.look();
    fail(0, 1);
    log.look();
    expect(lines).to.deep.equal([]);
    fail(2);
    log.look();
    log.look();
    expect(lines).to.deep.equal(['too few endpoints are healthy; all are used']);
    setHealthy(shared, 0, true);
    log.look();
    expect(lines.slice(1)).to.deep.equal(['enough endpoints are healthy']);
  });

  it('says that it is over of one that has lost its checks, and forgets it then', () => {
    fail(0, 1, 2);
    expect(log.look()).to.equal(true);
    checked = new Map([['u', upstream('Random')]]);
    watched = new Map();
    // What was found of its endpoints may be taken back a moment later.
    expect(log.look()).to.equal(true);
    for (const slot of [0, 1, 2]) setHealthy(shared, slot, true);
    log.look();
    expect(lines.slice(1)).to.deep.equal(['enough endpoints are healthy']);
    expect(log.look()).to.equal(false);
  });

  it('forgets one that is gone, and one without checks that is not in panic', () => {
    expect(log.look()).to.equal(true);
    checked = new Map([['u', { ...upstream('Random'), circuitBreaker: {} as never }]]);
    watched = checked;
    expect(log.look()).to.equal(false);
    watched = checked = new Map([['u', { ...upstream('Random'), healthCheck }]]);
    fail(0, 1, 2);
    expect(log.look()).to.equal(true);
    watched = checked = new Map();
    expect(log.look()).to.equal(false);
    expect(lines).to.deep.equal(['too few endpoints are healthy; all are used']);
  });
});
