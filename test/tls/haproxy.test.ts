import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { makeTlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

const program = '/usr/sbin/haproxy';

describe('the PROXY protocol as HAProxy reads it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loom-haproxy-'));
  const ports = { v4: 0, v6: 0, clear: 0, secure: 0 };
  let haproxy: ChildProcess | undefined;
  let world: World | undefined;

  before(async function () {
    if (!existsSync(program) && !process.env['CI']) this.skip();
    for (const name of ['v4', 'v6', 'clear', 'secure'] as const) ports[name] = await freePort();
    const pair = makeTlsPair();
    writeFileSync(join(folder, 'pem'), pair.cert + pair.key);
    writeFileSync(join(folder, 'ca'), pair.cert);
    writeFileSync(
      join(folder, 'cfg'),
      `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend f
  bind 127.0.0.1:${ports.clear} accept-proxy
  bind 127.0.0.1:${ports.secure} accept-proxy ssl crt ${join(folder, 'pem')} alpn h2,http/1.1
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port] %[req.ver]"
`,
    );
    haproxy = spawn(program, ['-db', '-f', join(folder, 'cfg')], { stdio: 'inherit' });
    await eventually('HAProxy listens', async () => {
      const socket = connect(ports.secure, '127.0.0.1');
      await once(socket, 'connect').finally(() => socket.destroy());
      return true;
    });
    const upstreams = ['http', 'https', 'h2c', 'h2'].flatMap((protocol) =>
      ['v1', 'v2'].map((version) => ({
        name: `${protocol}-${version}`,
        protocol,
        proxy_protocol: version,
        endpoints: [`127.0.0.1:${protocol === 'http' || protocol === 'h2c' ? ports.clear : ports.secure}`],
        ...(protocol === 'https' || protocol === 'h2' ? { tls: { ca: pair.cert } } : {}),
      })),
    );
    world = await startWorld(
      JSON.stringify({
        listeners: [
          { name: 'four', address: `127.0.0.1:${ports.v4}` },
          { name: 'six', address: `[::1]:${ports.v6}` },
        ],
        upstreams,
        routes: upstreams.map(({ name }) => ({ id: name, path: `/${name}`, upstream: name })),
      }),
    );
  });
  after(async () => {
    haproxy?.kill();
    await world?.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  for (const protocol of ['http', 'https', 'h2c', 'h2'])
    for (const version of ['v1', 'v2'])
      it(`hears from an upstream of ${protocol} by ${version} who the client is, over IPv4 and IPv6`, async () => {
        for (const [host, port] of [
          ['127.0.0.1', ports.v4],
          ['::1', ports.v6],
        ] as const) {
          const asked = request({ host, port, path: `/${protocol}-${version}`, agent: false }).end();
          const [response] = (await once(asked, 'response')) as [IncomingMessage];
          const client = response.socket.localPort;
          const spoken = protocol.startsWith('h2') ? '2.0' : '1.1';
          expect(await text(response)).to.equal(`${host} ${client} ${host} ${port} ${spoken}`);
        }
      });
});
