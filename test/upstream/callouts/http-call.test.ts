import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { HttpCall, type CallRequest } from '../../../src/upstream/callouts/http-call.ts';
import { CallGates } from '../../../src/upstream/callouts/call-gates.ts';
import { Pools } from '../../../src/upstream/pools.ts';

const request: CallRequest = {
  method: 'GET',
  path: '/',
  authority: 'callee',
  secure: true,
  headers: [],
  body: undefined,
  trailers: [],
  timeoutMs: 0,
};

describe('a call to an address over TLS', () => {
  it('goes to nobody who cannot prove the name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loom-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const own = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    const names = ['-subj', '/CN=x', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', ...own, '-keyout', key, '-out', cert, ...names], {
      stdio: 'ignore',
    });
    let asked = 0;
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, () => asked++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const pools = new Pools();
    const roads = { pools, gates: new CallGates() };
    const { port } = server.address() as AddressInfo;
    const { promise, resolve, reject } = Promise.withResolvers<Error>();
    const call = new HttpCall({ host: '127.0.0.1', port }, request, roads, {
      admit: () => true,
      response: () => reject(new Error('it was answered')),
      failed: resolve,
    });
    const failure = await promise;
    call.cancel();
    expect(failure).to.have.property('code', 'tls-failed');
    expect(failure.message).to.match(/self-signed certificate/);
    expect(asked).to.equal(0);
    pools.close();
    server.close();
    rmSync(folder, { recursive: true });
  });
});
