import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Authority } from '../support/authority.ts';
import type { TlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

/** Body of the answer, or the code of the failure. */
function ask(port: number, pair: Partial<TlsPair>): Promise<string> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, servername: 'shop.test', rejectUnauthorized: false, ...pair };
    const headers = { 'x-forwarded-client-cert': 'Hash=forged' };
    request({ ...options, headers, agent: false }, (response) => resolve(text(response)))
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

bothSources('client certificates', (start) => {
  let folder: string;
  let authority: Authority;
  let backend: Server;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-mtls-'));
    authority = new Authority('clients');
    backend = createServer((incoming, response) =>
      response.end(incoming.headers['x-forwarded-client-cert'] ?? 'nobody'),
    ).listen(0, '127.0.0.1');
  });
  after(() => {
    rmSync(folder, { recursive: true });
    authority.remove();
    backend.close();
  });

  it('are asked for by a listener and told to the upstream', async () => {
    const server = authority.issue('/CN=shop.test', 'DNS:shop.test');
    writeFileSync(join(folder, 'crt'), server.cert);
    writeFileSync(join(folder, 'key'), server.key);
    const [strict, open] = [await freePort(), await freePort()];
    const world = await start(`
listeners:
  - { name: strict, address: "127.0.0.1:${strict}", protocol: https, tls: { client_ca: ${authority.file} } }
  - { name: open, address: "127.0.0.1:${open}", protocol: https, tls: { client_ca: ${authority.file}, client_auth: optional } }
routes: [{ id: shop, path: /*, upstream: shop, tls: shop }]
upstreams: [{ name: shop, endpoints: ["127.0.0.1:${(backend.address() as AddressInfo).port}"] }]
certificates: [{ name: shop, cert: ${folder}/crt, key: ${folder}/key }]
`);
    const client = authority.issue('/CN=web', 'DNS:web.test');
    const element = /^Hash=[0-9a-f]{64};Subject="CN=web";DNS=web\.test$/;
    expect(await ask(strict, client)).to.match(element);
    expect(await ask(open, client)).to.match(element);
    expect(await ask(open, {})).to.equal('nobody');
    expect(await ask(strict, {})).to.match(/^E/);
    const refused = 'loom_connections_refused_total{listener="strict",reason="client-certificate"} 1\n';
    await eventually('it is counted', async () =>
      (await (await fetch(`${world.admin}/metrics`)).text()).includes(refused),
    );
  });
});
