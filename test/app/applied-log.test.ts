import { expect } from 'chai';
import { AppliedLog } from '../../src/app/applied-log.ts';
import { loggerTo } from '../../src/telemetry/log.ts';
import { eventually } from '../support/wait.ts';

describe('AppliedLog', () => {
  it('says each change by itself, and of many one line with how many there were', async () => {
    const lines: object[] = [];
    const waits = [0, 0, 20];
    const log = new AppliedLog(
      loggerTo((line) => void lines.push(JSON.parse(line) as object), 'info'),
      { take: () => waits.shift() ?? 0 },
    );
    for (const [i, tookMs] of [2.4, 1, 7.6, 1].entries())
      log.applied({ revision: i + 1, routes: 5, upstreams: i, tookMs });
    await eventually('the third line', () => lines.length > 2);
    const rest = { level: 'info', msg: 'configuration applied', routes: 5 };
    expect(lines.map((line) => ({ ...line, time: '' }))).to.deep.equal([
      { ...rest, time: '', revision: 1, upstreams: 0, tookMs: 2 },
      { ...rest, time: '', revision: 2, upstreams: 1, tookMs: 1 },
      { ...rest, time: '', revision: 4, upstreams: 3, tookMs: 8, changes: 2 },
    ]);
    waits.push(0, 60_000);
    log.applied({ revision: 5, routes: 5, upstreams: 3, tookMs: 3 });
    expect(lines.at(-1)).to.include({ revision: 5, tookMs: 3 }).and.not.to.have.property('changes');
    log.applied({ revision: 6, routes: 5, upstreams: 3, tookMs: 3 });
    expect(lines).to.have.length(4);
    log.close();
    log.close();
    expect(lines).to.have.length(5);
    expect(lines.at(-1)).to.include({ revision: 6 });
  });
});
