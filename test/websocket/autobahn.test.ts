import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect } from 'chai';
import { startWorld, type World } from '../support/world.ts';

/** Autobahn's fuzzing client for Python 3, and the server that it asks. */
const packages = ['kosoku==0.1.0', 'websockets==17.4'];
/** A Python environment of its own, kept between runs. */
const home = join(homedir(), '.cache', 'loom', `websocket-${packages.join('-').replaceAll('==', '-')}`);
const python = join(home, 'bin', 'python');

/**
 * Framing, pings, reserved bits, opcodes, fragments, UTF-8, close handshakes, large and many messages, auto-fragmentation, and of the
 * 216 cases about compression one of each kind of negotiation: the others differ in sizes, and take hours.
 */
const cases = '1.* 2.* 3.* 4.* 5.* 6.* 7.* 9.* 10.* 12.1.1 12.1.3 13.1.1 13.2.1 13.3.1 13.5.1 13.7.1'.split(
  ' ',
);
/** 4 MiB in tens of thousands of fragments: the server itself does not always get through in time. */
const left = ['9.3.1', '9.3.2', '9.4.1', '9.4.2'];

/**
 * A message and an illegal frame behind it: NON-STRICT says that the connection ended before the echo of the message was there,
 * which the server itself does now this way, now that.
 */
const races = /^[345]\./;

interface Verdict {
  readonly behavior: string;
  readonly behaviorClose: string;
}

describe('WebSockets as Autobahn judges them', function () {
  this.timeout(600_000);
  let folder: string;
  let echo: ChildProcess;
  const worlds: World[] = [];
  let judged = 0;
  let direct: Readonly<Record<string, string>>;
  let port: number;

  before(async () => {
    if (!existsSync(join(home, 'bin', 'kosoku'))) {
      execFileSync('python3', ['-m', 'venv', home]);
      execFileSync(join(home, 'bin', 'pip'), ['install', '--quiet', ...packages]);
    }
    folder = mkdtempSync(join(tmpdir(), 'loom-autobahn-'));
    echo = spawn(python, ['test/websocket/echo.py'], { stdio: ['ignore', 'pipe', 'inherit'] });
    port = Number(String(await once(echo.stdout as Readable, 'data')));
    direct = await judge(port);
  });
  after(async () => {
    for (const world of worlds) await world.stop('SIGKILL');
    echo.kill();
    rmSync(folder, { recursive: true });
  });

  /** Case → its verdicts. */
  async function judge(
    to: number,
    some: readonly string[] = cases,
  ): Promise<Readonly<Record<string, string>>> {
    const out = join(folder, String(++judged));
    const words = [...some.flatMap((one) => ['-i', one]), ...left.flatMap((one) => ['-x', one])];
    const fuzzer = spawn(join(home, 'bin', 'kosoku'), [...words, '-p', '4', '-o', out, `127.0.0.1:${to}`], {
      stdio: 'ignore',
    });
    await once(fuzzer, 'exit');
    const [verdicts = {}] = Object.values(
      JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as Record<string, Record<string, Verdict>>,
    );
    return Object.fromEntries(
      Object.entries(verdicts).map(([id, { behavior, behaviorClose }]) => [
        id,
        `${races.test(id) ? behavior.replace('NON-STRICT', 'OK') : behavior} ${behaviorClose}`,
      ]),
    );
  }

  /**
   * Cases with other verdicts than the server's own. What differs is asked again of both: on a busy machine either may miss what the
   * fuzzer waits for.
   */
  async function differences(to: number): Promise<readonly string[]> {
    let [own, ours] = [direct, await judge(to)];
    let ids = Object.keys({ ...own, ...ours }).filter((id) => own[id] !== ours[id]);
    for (let i = 0; i < 3 && ids.length > 0; i++) {
      [own, ours] = [await judge(port, ids), await judge(to, ids)];
      ids = ids.filter((id) => own[id] !== ours[id]);
    }
    return ids.map((id) => `${id}: ${own[id]} by itself, ${ours[id]} behind Loom`);
  }

  /** A Loom before `to`. @returns its port. */
  async function loomBefore(to: number, protocol: 'http' | 'h2c'): Promise<number> {
    const world = await startWorld(`
routes: [{ id: all, path: /*, upstream: echo }]
upstreams: [{ name: echo, endpoints: ['127.0.0.1:${to}'], protocol: ${protocol} }]
access_log: false
`);
    worlds.push(world);
    return world.port;
  }

  it('asks hundreds of things, most of which the server answers as it should', () => {
    const verdicts = Object.values(direct);
    const good = verdicts.filter((verdict) => verdict === 'OK OK' || verdict.startsWith('NON-STRICT'));
    expect(verdicts.length).to.be.greaterThan(300);
    expect(good.length).to.be.greaterThan(verdicts.length - 10);
  });

  it('finds the same from HTTP/1.1 to HTTP/1.1', async () => {
    expect(await differences(await loomBefore(port, 'http'))).to.deep.equal([]);
  });

  it('finds the same over extended CONNECT, from one Loom to another', async () => {
    const second = await loomBefore(port, 'http');
    expect(await differences(await loomBefore(second, 'h2c'))).to.deep.equal([]);
  });
});
