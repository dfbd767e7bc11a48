import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { type Backend, echoBackend } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { eventually } from '../support/wait.ts';

const binary = 'build/loom';
/** On a connection of its own. */
const alone = { headers: { connection: 'close' } };

/**
 * A folder that is the whole machine: the program, the libraries that it is linked with, and what a test puts there. No shell, no
 * Node, no /proc.
 */
describe('the program that is one file', function () {
  this.timeout(180_000);
  let machine: string;
  const put = (path: string, from: string): void => {
    mkdirSync(dirname(join(machine, path)), { recursive: true });
    copyFileSync(from, join(machine, path));
  };
  /** The program in there; with no right of root where the tests have none. */
  const start = (...args: readonly string[]): ChildProcess => {
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const unshare = ['--mount', ...user, '--root', machine, '--wd', '/'];
    return spawn('unshare', [...unshare, '/loom', ...args], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const run = async (...args: readonly string[]): Promise<{ code: number | null; output: string }> => {
    const child = start(...args);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output };
  };

  before(() => {
    machine = mkdtempSync(join(tmpdir(), 'loom-machine-'));
    put('loom', binary);
    const linked = execFileSync('ldd', [binary], { encoding: 'utf8' });
    for (const [library] of linked.matchAll(/\/\S+\.so\S*/g)) put(library, library);
  });
  after(() => rmSync(machine, { recursive: true }));

  it('knows its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await run('version')).to.deep.include({ code: 0 });
    expect((await run('version')).output).to.match(
      new RegExp(`^loom ${version} \\(node ${process.versions.node},`),
    );
  });

  it('makes plugins from the templates that it carries', async () => {
    expect(await run('plugin', 'new', 'mine')).to.deep.include({ code: 0 });
    expect(readFileSync(join(machine, 'mine/sdk/assembly/index.ts'), 'utf8')).to.equal(
      readFileSync('plugins/sdk/assembly/index.ts', 'utf8'),
    );
    expect(readFileSync(join(machine, 'mine/.gitignore'), 'utf8')).to.equal(
      readFileSync('plugins/templates/assemblyscript/gitignore', 'utf8'),
    );
    expect(readFileSync(join(machine, 'mine/package.json'), 'utf8')).to.include('"mine"');
  });

  it('has the client for kubeconfigs', async () => {
    writeFileSync(
      join(machine, 'kubeconfig'),
      JSON.stringify({
        'current-context': 'a',
        contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
        clusters: [
          { name: 'a', cluster: { server: 'https://127.0.0.1:1', 'proxy-url': 'http://127.0.0.1:1' } },
        ],
        users: [{ name: 'a', user: {} }],
      }),
    );
    const { code, output } = await run('operator', '--kubeconfig', '/kubeconfig');
    expect(code).to.equal(1);
    expect(output).to.include('the kubeconfig /kubeconfig has a proxy-url');
  });

  describe('serving', () => {
    let backend: Backend;
    let loom: ChildProcess;
    let log = '';
    let url: string;
    let admin: string;

    before(async () => {
      backend = await echoBackend('one');
      const [port, adminPort] = [await freePort(), await freePort()];
      [url, admin] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${adminPort}`];
      put('header-rewrite.wasm', 'plugins/examples/header-rewrite/build/header-rewrite.wasm');
      const config = {
        workers: 3,
        listeners: [{ name: 'http', address: `127.0.0.1:${port}`, protocol: 'http' }],
        admin: { address: `127.0.0.1:${adminPort}` },
        routes: [
          { id: 'all', path: '/*', upstream: 'backend', plugins: ['rewrite'] },
          {
            id: 'staff',
            path: '/staff/*',
            upstream: 'backend',
            basic_auth: { users: `ann:${hashSync('secret', 4)}` },
          },
        ],
        upstreams: [{ name: 'backend', endpoints: [`127.0.0.1:${backend.port}`] }],
        plugins: [
          {
            name: 'rewrite',
            path: './header-rewrite.wasm',
            config: { response: { 'x-plugin': 'ran' } },
          },
        ],
      };
      writeFileSync(join(machine, 'loom.yaml'), JSON.stringify(config));
      loom = start('serve', 'loom.yaml');
      for (const stream of [loom.stdout, loom.stderr]) stream?.on('data', (text) => (log += text));
      await eventually('a ready program', async () => (await fetch(`${admin}/ready`)).ok, 60).catch(
        (error) => {
          throw new Error(log, { cause: error });
        },
      );
    });
    after(async () => {
      loom?.kill('SIGKILL');
      await backend?.close();
    });

    it('runs plugins, in each of several workers', async () => {
      const info: { workers: unknown[] } = JSON.parse(await (await fetch(`${admin}/info`, alone)).text());
      expect(info.workers).to.have.length(3);
      for (let i = 0; i < 30; i++) {
        const answer = await fetch(url, alone);
        expect([answer.status, answer.headers.get('x-plugin')]).to.deep.equal([200, 'ran']);
      }
    });

    it('compares passwords, in a thread of their own', async () => {
      const ask = async (password: string): Promise<number> => {
        const authorization = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
        return (await fetch(`${url}/staff/`, { headers: { authorization } })).status;
      };
      expect([await ask('secret'), await ask('guess')]).to.deep.equal([200, 401]);
    });

    it('follows its file', async () => {
      const text = readFileSync(join(machine, 'loom.yaml'), 'utf8');
      writeFileSync(join(machine, 'loom.yaml'), text.replace('"ran"', '"again"'));
      await eventually(
        'the new configuration',
        async () => (await fetch(url)).headers.get('x-plugin') === 'again',
        60,
      );
    });

    it('ends with 0 when it is asked to', async () => {
      loom.kill('SIGTERM');
      const code = await new Promise((resolve) => loom.once('exit', resolve));
      expect(code, log).to.equal(0);
    });
  });
});
