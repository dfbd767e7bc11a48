import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { h2specBinary } from '../../hack/h2spec/build.ts';
import { makeTlsPair } from '../support/tls-pair.ts';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

/** Cases that fail, and no others do; docs/http.md has their reasons. */
const deviations = [
  'http2/5.1/8',
  'http2/5.1/9',
  'http2/5.1/11',
  'http2/5.1/12',
  'http2/5.1.1/2',
  'http2/5.3.1/2',
  'http2/6.3/1',
  'http2/6.7/2',
  'http2/6.9.1/3',
];
/** In clear, other bytes than the preface are a request of HTTP/1, whose answer is a 400 and the end. */
const inClear = ['http2/3.5/2'];

describe('HTTP/2 as h2spec asks for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loom-h2spec-'));
  let world: World | undefined;
  let h2spec: string;
  // What comes on a stream that has had its answer is ignored: this one answers once h2spec has sent all it wants to.
  const backend: Server = createServer((request, response) => {
    request.resume().on('end', () => setTimeout(() => response.end('hello'), 100));
  });

  before(async function () {
    // A first build.
    this.timeout(300_000);
    h2spec = await h2specBinary();
    await once(backend.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => {
    backend.close();
    backend.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => world?.stop('SIGKILL'));

  /** Cases, and the numbers of those that did not pass. */
  async function run(...words: string[]): Promise<{ readonly cases: number; readonly failed: string[] }> {
    const report = join(folder, 'report.xml');
    const child = spawn(h2spec, ['-h', '127.0.0.1', '-j', report, ...words], { stdio: 'ignore' });
    await once(child, 'exit');
    const suites = readFileSync(report, 'latin1').split('<testsuite ').slice(1);
    const cases = suites.flatMap((suite) => {
      const [, section] = /package="([^"]*)"/.exec(suite) ?? [];
      return suite
        .split('<testcase ')
        .slice(1)
        .map((text, i) => ({
          number: `${section}/${i + 1}`,
          passed: !/<(failure|error|skipped)/.test(text),
        }));
    });
    return { cases: cases.length, failed: cases.filter(({ passed }) => !passed).map(({ number }) => number) };
  }

  for (const protocol of ['http', 'https'] as const) {
    it(`is that over ${protocol}, but for the deviations`, async function () {
      this.timeout(120_000);
      const isTls = protocol === 'https';
      const pair = makeTlsPair();
      writeFileSync(join(folder, 'crt'), pair.cert);
      writeFileSync(join(folder, 'key'), pair.key);
      const port = await freePort();
      world = await startWorld(`
listeners: [{ name: web, address: "127.0.0.1:${port}", protocol: ${protocol} }]
routes: [{ id: web, path: /*,${isTls ? ' tls: web,' : ''} upstream: web }]
upstreams: [{ id: web, endpoints: ["127.0.0.1:${(backend.address() as AddressInfo).port}"] }]
${isTls ? `certificates: [{ name: web, cert: ${folder}/crt, key: ${folder}/key }]` : ''}
`);
      const { cases, failed } = await run('-p', `${port}`, ...(isTls ? ['--tls', '--insecure'] : []));
      expect(cases).to.equal(145);
      expect(failed).to.have.members(isTls ? deviations : [...inClear, ...deviations]);
    });
  }
});
