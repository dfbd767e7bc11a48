import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { echo, pair, questions, upstream } from '../feature/wires.ts';
import { AioquicClient, installAioquic } from './aioquic.ts';
import { plain } from './foreign-client.ts';
import { startHttp3, type Http3World } from './world.ts';

for (const [protocol, serve] of Object.entries(upstream)) {
  describe(`HTTP/3 to an upstream of ${protocol}`, function () {
    this.timeout(120_000);
    const folder = mkdtempSync(join(tmpdir(), 'loom-http3-wires-'));
    let server: Server;
    let loom: Http3World;
    let client: AioquicClient;
    before(async () => {
      installAioquic();
      server = serve(echo).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      writeFileSync(join(folder, 'ca'), pair.cert);
      const tls = protocol === 'https' || protocol === 'h2' ? ', tls: { ca_secret_ref: ca }' : '';
      loom = await startHttp3(`
authorities: [{ name: ca, ca: ${join(folder, 'ca')} }]
upstreams: [{ name: echo, endpoints: ['127.0.0.1:${port}'], protocol: ${protocol}${tls} }]
routes: [{ id: all, hosts: [localhost], tls: own, path: '/*', upstream: echo }]
`);
      client = await AioquicClient.connect(loom.port, { ca: loom.authority.file });
    });
    after(async () => {
      await client.close();
      await loom.stop();
      server.close();
      rmSync(folder, { recursive: true });
    });

    for (const { title, ask, check } of questions) {
      it(`carries ${title}`, async () => check(plain(await client.request({ ...ask, whole: true }))));
    }
  });
}
