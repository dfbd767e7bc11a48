import { expect } from 'chai';
import { PanicLog } from '../../src/app/panic-log.ts';
import { SharedState } from '../../src/balance/shared.ts';
import { emptyModel } from '../../src/runtime/delta.ts';
import type { Logger } from '../../src/telemetry/log.ts';
import { equal, setHealthy, upstream } from '../balance/world.ts';

const healthCheck = { intervalMs: 1000, timeoutMs: 1000, healthyThreshold: 1, unhealthyThreshold: 1 };

describe('PanicLog', () => {
  it('says once when too few endpoints are healthy, and once when enough are', () => {
    const shared = new SharedState();
    const lines: string[] = [];
    const write = (_: object, message: string): void => void lines.push(message);
    const model = {
      ...emptyModel,
      upstreams: new Map([['u', { ...upstream('Random'), healthCheck }]]),
      endpoints: new Map([['u', equal(4)]]),
    };
    const log = new PanicLog(() => model, shared, { warn: write, info: write } as unknown as Logger);
    log.close();
    log.look();
    for (const slot of [0, 1]) setHealthy(shared, slot, false);
    log.look();
    expect(lines).to.deep.equal([]);
    setHealthy(shared, 2, false);
    log.look();
    log.look();
    expect(lines).to.deep.equal(['too few endpoints are healthy; all are used']);
    setHealthy(shared, 0, true);
    log.look();
    expect(lines.slice(1)).to.deep.equal(['enough endpoints are healthy']);
  });
});
