import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Authority } from '../support/authority.ts';
import { freePort } from '../support/free-port.ts';
import type { TlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';
import { AioquicClient, installAioquic } from './aioquic.ts';
import type { ClientOptions } from './foreign-client.ts';

interface Files {
  readonly cert: string;
  readonly key: string;
}

describe('Certificates of clients over HTTP/3', function () {
  this.timeout(120_000);
  let folder: string;
  let believed: Authority;
  let other: Authority;
  let backend: Server;
  let world: World;
  let strict: number;
  let open: number;
  let careless: number;
  const clients: Record<string, Files> = {};

  const keep = (name: string, { cert, key }: TlsPair): Files => {
    const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
    return files;
  };

  before(async () => {
    installAioquic();
    folder = mkdtempSync(join(tmpdir(), 'loom-http3-clients-'));
    believed = new Authority('clients');
    other = new Authority('others');
    backend = createServer((incoming, response) =>
      response.end(incoming.headers['x-forwarded-client-cert'] ?? 'nobody'),
    ).listen(0, '127.0.0.1');
    clients['good'] = keep('good', believed.issue('/CN=web', 'DNS:web.test,URI:spiffe://web'));
    clients['expired'] = keep('expired', believed.issue('/CN=old', 'DNS:old.test', -1));
    clients['foreign'] = keep('foreign', other.issue('/CN=web', 'DNS:web.test'));
    // Whoever has seen a certificate has it, but not its key.
    clients['stolen'] = { cert: clients['good'].cert, key: clients['foreign'].key };
    const own = keep('own', believed.issue('/CN=localhost', 'DNS:localhost'));
    copyFileSync(believed.file, join(folder, 'ca'));
    [strict, open, careless] = [await freePort(), await freePort(), await freePort()];
    const tls = `client_ca: ${folder}/ca, client_auth`;
    world = await startWorld(`
listeners:
  - { name: strict, address: "127.0.0.1:${strict}", protocol: https, http3: { enabled: true }, tls: { ${tls}: required } }
  - { name: open, address: "127.0.0.1:${open}", protocol: https, http3: { enabled: true }, tls: { ${tls}: optional } }
  - { name: careless, address: "127.0.0.1:${careless}", protocol: https, http3: { enabled: true } }
routes: [{ id: shop, path: /*, upstream: shop, tls: own }]
upstreams: [{ name: shop, endpoints: ["127.0.0.1:${(backend.address() as AddressInfo).port}"] }]
certificates: [{ name: own, cert: ${own.cert}, key: ${own.key} }]
`);
  });
  after(async () => {
    await world.stop('SIGKILL');
    backend.close();
    believed.remove();
    other.remove();
    rmSync(folder, { recursive: true });
  });

  /** What the upstream is told, or how the connection ends. A client takes the handshake for done before Loom has looked. */
  async function ask(
    port: number,
    certificate: Files | undefined,
    more: ClientOptions = {},
  ): Promise<string> {
    const options = { ...(certificate && { certificate }), ...more };
    const client = await AioquicClient.connect(port, options).catch((error: unknown) => String(error));
    if (typeof client === 'string') return client;
    const headers = { 'x-forwarded-client-cert': 'Hash=forged' };
    const { failure, body } = await client.request({ headers });
    await client.close();
    return failure ?? body;
  }

  const element = /^Hash=[0-9a-f]{64};Subject="CN=web";URI=spiffe:\/\/web;DNS=web\.test$/;
  const [badCertificate, decryptError, certificateRequired] = [/0x12a/, /0x133/, /0x174/];
  for (const [title, name, ofStrict, ofOpen] of [
    ['that is good is told to the upstream', 'good', element, element],
    ['of another authority is refused', 'foreign', badCertificate, badCertificate],
    ['that has expired is refused', 'expired', badCertificate, badCertificate],
    ['whose key the client does not have is refused', 'stolen', decryptError, decryptError],
    ['that is none is refused where one is required', 'none', certificateRequired, /^nobody$/],
  ] as const)
    it(`a certificate ${title}`, async () => {
      expect(await ask(strict, clients[name])).to.match(ofStrict);
      expect(await ask(open, clients[name])).to.match(ofOpen);
    });

  it('no session of a listener that asks for none takes the place of a proof', async () => {
    const session = { resume: true, resume_of: careless };
    const client = await AioquicClient.connect(careless, session);
    expect((await client.facts()).resumed, 'it is one that can be resumed').to.equal(true);
    await client.close();
    expect(await ask(strict, undefined, session)).to.match(certificateRequired);
    expect(await ask(open, undefined, session)).to.equal('nobody');
  });

  it('no tickets are given out', async () => {
    const client = await AioquicClient.connect(open, {});
    await client.request({});
    expect((await client.facts()).tickets).to.equal(0);
    await client.close();
  });

  it('refusals are counted', async () => {
    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    const line = 'loom_connections_refused_total{listener="strict",reason="client-certificate"} ';
    const count = metrics.split('\n').find((one) => one.startsWith(line));
    expect(Number(count?.slice(line.length))).to.equal(5);
  });

  it('another authority is believed when its file changes, and the one before no more', async () => {
    const before = await AioquicClient.connect(strict, { certificate: clients['good'] as Files });
    expect((await before.request({})).body).to.match(element);
    copyFileSync(other.file, join(folder, 'ca'));
    await eventually('the new one is believed', async () =>
      (await ask(strict, clients['foreign'])).startsWith('Hash='),
    );
    await eventually('the old one is not', async () =>
      badCertificate.test(await ask(strict, clients['good'])),
    );
    expect((await before.request({})).body, 'who was let in').to.match(element);
    await before.close();
  });
});
