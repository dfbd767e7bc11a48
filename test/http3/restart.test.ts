import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';
import { makeTlsPair } from '../support/tls-pair.ts';
import { startWorld } from '../support/world.ts';
import { tunnellers } from './clients.ts';
import { ForeignClient, type Program } from './foreign-client.ts';

describe('A Loom with sticky_secret that is started again after a crash', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'loom-http3-restart-'));
  let program: Program;
  before(async function () {
    // A first build takes minutes.
    this.timeout(900_000);
    program = (await tunnellers['quic-go']?.()) as Program;
  });
  after(() => rmSync(folder, { recursive: true }));

  it('tells clients of HTTP/3 that their connections are no more', async () => {
    const { cert, key } = makeTlsPair();
    writeFileSync(join(folder, 'crt'), cert);
    writeFileSync(join(folder, 'key'), key);
    const port = await freePort();
    const text = `
listeners: [{ name: secure, address: "127.0.0.1:${port}", protocol: https, http3: { enabled: true } }]
routes: [{ id: all, path: /*, tls: own, direct_response: { status: 200, body: hello } }]
certificates: [{ name: own, cert: ${folder}/crt, key: ${folder}/key }]
sticky_secret: of more than sixteen letters
`;
    const first = await startWorld(text);
    const client = await ForeignClient.connect(program, port);
    expect((await client.request({})).body).to.equal('hello');
    await first.stop('SIGKILL');
    const second = await startWorld(text);
    try {
      const { failure } = await client.request({});
      expect(failure).to.match(/stateless reset/i);
      const metrics = await (await fetch(`${second.admin}/metrics`)).text();
      expect(metrics).to.match(/^loom_http3_stateless_resets_total\{[^}]*\} [1-9]/m);
    } finally {
      await client.close();
      await second.stop('SIGKILL');
    }
  });
});
