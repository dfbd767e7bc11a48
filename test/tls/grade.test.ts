import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Authority } from '../support/authority.ts';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

const version = '6.3.1';
/** A Python environment of its own, kept between runs. */
const home = join(homedir(), '.cache', 'loom', `sslyze-${version}`);
const sslyze = join(home, 'bin', 'sslyze');

/** Prints what it finds; its exit code says whether it is as the profile wants it. */
async function grade(...words: string[]): Promise<{ readonly code: number; readonly found: string }> {
  const child = spawn(sslyze, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const found = await text(child.stdout);
  const [code] = (await exited) as [number];
  return { code, found };
}

describe('TLS as sslyze grades it', function () {
  this.timeout(300_000);
  let folder: string;
  let authority: Authority;
  let world: World | undefined;
  before(() => {
    if (!existsSync(sslyze)) {
      execFileSync('python3', ['-m', 'venv', home]);
      execFileSync(join(home, 'bin', 'pip'), ['install', '--quiet', `sslyze==${version}`]);
    }
    folder = mkdtempSync(join(tmpdir(), 'loom-grade-'));
    authority = new Authority('grade');
  });
  after(() => {
    rmSync(folder, { recursive: true });
    authority.remove();
  });
  afterEach(() => world?.stop('SIGKILL'));

  for (const [profile, least] of [
    ['intermediate', '1.2'],
    ['modern', '1.3'],
  ] as const) {
    it(`is Mozilla's ${profile} profile from TLS ${least} on`, async () => {
      const pair = authority.issue('/CN=localhost', 'DNS:localhost');
      writeFileSync(join(folder, 'crt'), pair.cert);
      writeFileSync(join(folder, 'key'), pair.key);
      const port = await freePort();
      world = await startWorld(`
listeners: [{ name: web, address: "127.0.0.1:${port}", protocol: https, tls: { min_version: "${least}" } }]
routes: [{ id: web, path: /*, tls: web, direct_response: { status: 200, body: ok } }]
certificates: [{ name: web, cert: ${folder}/crt, key: ${folder}/key }]
`);
      const trust = ['--certinfo_ca_file', authority.file];
      const { code, found } = await grade(`--mozilla_config=${profile}`, ...trust, `localhost:${port}`);
      expect(found).to.include('OK - Compliant').and.not.include('VULNERABLE');
      expect(code).to.equal(0);
    });
  }
});
