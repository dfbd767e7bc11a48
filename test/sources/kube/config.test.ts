import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConnection } from '../../../src/sources/kube/config.ts';
import { inCluster } from '../../../src/sources/kube/in-cluster.ts';

const failure = (made: Promise<unknown>): Promise<string> =>
  made.then(
    () => 'it did not fail',
    (error: unknown) => String(error),
  );

describe('the configuration of the connection', () => {
  let folder: string;
  const env = { ...process.env };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-kubeconfig-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    process.env = { ...env };
  });

  function write(user: object, cluster: object = {}): string {
    const path = join(folder, 'config');
    const config = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      clusters: [
        {
          name: 'k',
          cluster: { server: 'https://kube.test:6443/', 'certificate-authority-data': 'Q0E=', ...cluster },
        },
      ],
      users: [{ name: 'u', user }],
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  it('reads server, CA and a token', async () => {
    const connection = await readConnection(write({ token: 'secret' }));
    expect(connection.server).to.equal('https://kube.test:6443');
    const { headers, tls } = await connection.read();
    expect(headers).to.deep.equal({ authorization: 'Bearer secret' });
    expect(String(tls.ca)).to.equal('CA');
  });

  for (const server of ['kube.test:6443', 'ftp://kube.test', 'https://'])
    it(`refuses the server ${JSON.stringify(server)}`, async () => {
      expect(await failure(readConnection(write({ token: 'secret' }, { server })))).to.match(
        /has a server that is no URL with http or https/,
      );
    });

  it('reads client certificates, the name of the server and whether to check it', async () => {
    const user = { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' };
    const path = write(user, { 'tls-server-name': 'other.test', 'insecure-skip-tls-verify': true });
    const { tls } = await (await readConnection(path)).read();
    expect([String(tls.cert), String(tls.key)]).to.deep.equal(['CERT', 'KEY']);
    expect(tls).to.include({ servername: 'other.test', rejectUnauthorized: false });
  });

  it('reads a name and password', async () => {
    const { headers } = await (await readConnection(write({ username: 'a', password: 'b' }))).read();
    expect(headers).to.deep.equal({ authorization: 'Basic YTpi' });
  });

  it('runs the program that gives a token', async () => {
    const program = join(folder, 'login');
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'fresh' },
    };
    writeFileSync(program, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
    chmodSync(program, 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: program,
      interactiveMode: 'Never',
    };
    const { headers } = await (await readConnection(write({ exec }))).read();
    expect(headers['authorization']).to.equal('Bearer fresh');
  });

  it('takes $KUBECONFIG', async () => {
    process.env['KUBECONFIG'] = write({ token: 'from-env' });
    expect((await (await readConnection()).read()).headers['authorization']).to.equal('Bearer from-env');
  });

  it('says that a file is missing, and that a proxy cannot be used', async () => {
    expect(await failure(readConnection(join(folder, 'none')))).to.include('ENOENT');
    const path = write({}, { 'proxy-url': 'http://proxy.test' });
    expect(await failure(readConnection(path))).to.include('proxy-url');
  });

  it('says what to do when there is none', async () => {
    process.env = { HOME: folder };
    expect(await failure(readConnection())).to.include('--kubeconfig');
  });

  it('says the same to a user of whom the system knows nothing, not even a home', function () {
    // Of root, who alone may become another user.
    if (process.getuid?.() !== 0) this.skip();
    const { stderr } = spawnSync(process.execPath, ['src/main.ts', 'operator'], {
      uid: 54_321,
      env: {},
      encoding: 'utf8',
    });
    expect(stderr).to.match(/^loom operator: found no Kubernetes API server: pass --kubeconfig FILE/);
  });

  it('reads the service account of a pod anew each time', async () => {
    writeFileSync(join(folder, 'token'), 'one\n');
    writeFileSync(join(folder, 'ca.crt'), 'CA');
    const connection = inCluster(
      { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' },
      folder,
    );
    expect(connection?.server).to.equal('https://[fd00::1]:443');
    expect(await connection?.read()).to.deep.equal({
      headers: { authorization: 'Bearer one' },
      tls: { ca: 'CA' },
    });
    writeFileSync(join(folder, 'token'), 'two\n');
    expect((await connection?.read())?.headers['authorization']).to.equal('Bearer two');
    expect(inCluster({}, folder)).to.equal(undefined);
  });
});
