import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';
import { makeTlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';
import { AioquicClient, installAioquic } from './aioquic.ts';

describe('HTTP/3 over IPv6', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'loom-http3-ipv6-'));
  let world: World;
  let [six, both] = [0, 0];
  before(async () => {
    installAioquic();
    const { cert, key } = makeTlsPair();
    writeFileSync(join(folder, 'crt'), cert);
    writeFileSync(join(folder, 'key'), key);
    [six, both] = [await freePort(), await freePort()];
    world = await startWorld(`
listeners:
  - { name: six, address: "[::1]:${six}", protocol: https, http3: { enabled: true } }
  - { name: both, address: ":${both}", protocol: https, http3: { enabled: true } }
routes: [{ id: all, path: /*, tls: own, direct_response: { status: 200, body: hello } }]
certificates: [{ name: own, cert: ${folder}/crt, key: ${folder}/key }]
access_log: { enabled: true }
`);
  });
  after(async () => {
    await world.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  for (const [title, path, port, host] of [
    ['a listener of IPv6 answers', '/six', () => six, '::1'],
    ['a listener of every address answers over IPv6', '/both-6', () => both, '::1'],
    ['a listener of every address answers over IPv4', '/both-4', () => both, '127.0.0.1'],
  ] as const)
    it(`${title}, follows the client to other ports, and knows its address`, async () => {
      const connection = await AioquicClient.connect(port(), { host });
      expect((await connection.request({ path })).body).to.equal('hello');
      for (let i = 0; i < 4; i++) {
        await connection.do('rebind', { change_id: i % 2 === 1 });
        expect((await connection.request({ path })).body).to.equal('hello');
      }
      await connection.close();
      const clients = await eventually('all are in the log', () => {
        const lines = world.log.filter((line) => line['path'] === path);
        return lines.length === 5 && lines.map((line) => line['client']);
      });
      expect(clients).to.deep.equal(Array.from({ length: 5 }, () => host));
    });
});
