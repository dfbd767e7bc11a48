import { globSync, renameSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/wait.ts';
import { askHttp1, type Seen } from './clients.ts';
import { Loom } from './loom.ts';
import { startPeer, type Peer } from './peer.ts';

/** Of Debian's package libfaketime: shifts the wall clock of a process, while it runs, as its file says. */
const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
const dayMs = 86_400_000;

describe('the wall clock of Loom', () => {
  let peer: Peer | undefined;
  let loom: Loom | undefined;
  let file = '';
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  before(async function () {
    if (!library && process.env['CI']) throw new Error('install libfaketime: the test of clocks needs it');
    if (!library) return this.skip();
    peer = await startPeer('http1', '10.78.0.2');
    loom = new Loom(`
routes:
  - { id: all, path: /*, upstream: u, timeouts: { request: 30s, idle: 10s } }
  - { id: limited, path: /limited, direct_response: { status: 200 }, rate_limits: { hourly: { requests: 4, per: 1h } } }
upstreams:
  - name: u
    endpoints: ["${peer.authority}"]
    health_check: { path: /, interval: 200ms, timeout: 10s }
    outlier_detection: {}
    circuit_breaker: {}
`);
    file = join(loom.folder, 'clock');
    jump('+0');
    await loom.start({
      env: {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        DONT_FAKE_MONOTONIC: '1',
      },
    });
  });
  after(async () => {
    agent.destroy();
    await loom?.remove();
    await peer?.kill();
  });

  const jump = (by: string): void => {
    writeFileSync(`${file}.tmp`, `${by}\n`);
    renameSync(`${file}.tmp`, file);
  };
  /** Days between the clock of Loom and the real one, by the field Date. */
  const aheadDays = ({ headers }: Seen): number =>
    Math.round((Date.parse(String(headers['date'])) - Date.now()) / dayMs);

  for (const [by, days, used] of [
    ['+10d', 10, 1],
    ['-10d', -10, 2],
    ['+0', 0, 3],
  ] as const) {
    it(`jumps to ${days} days from now: nothing that is counted in time notices`, async () => {
      const limited = async (): Promise<number> => (await askHttp1()('/limited')).status;
      expect(await limited()).to.equal(200);
      await peer?.be('slow');
      const slow = askHttp1(agent)('/slow');
      jump(by);
      const { status, complete } = await slow;
      expect([status, complete], 'a response that was on its way').to.deep.equal([200, true]);
      await peer?.be('well');
      const seen = await eventually('the clock is another', async () => {
        const one = await askHttp1(agent)('/');
        return aheadDays(one) === days && one;
      });
      expect(seen.status).to.equal(200);
      if (used === 3) expect([await limited(), await limited()]).to.deep.equal([200, 429]);
      expect(await loom?.json('/upstreams/u')).to.have.nested.property('endpoints[0].healthy', true);
      const durations = loom
        ?.log()
        .flatMap(({ durationMs }) => (durationMs === undefined ? [] : [Number(durationMs)]));
      expect(durations?.filter((ms) => ms < 0 || ms > 60_000)).to.deep.equal([]);
    });
  }
});
