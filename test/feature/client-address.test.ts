import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

bothSources('where clients come from', (start) => {
  it('is known from trusted proxies, and http is sent to https', async () => {
    const [port, plain] = [await freePort(), await freePort()];
    const world = await start(`
listeners:
  - { name: main, address: "127.0.0.1:${port}" }
  - { name: plain, address: "127.0.0.1:${plain}", redirect_to_https: 443 }
trusted_proxies: [127.0.0.0/8]
trusted_hops: 2
routes: [{ id: shop, path: /*, direct_response: { status: 200, body: shop } }]
`);
    const headers = { 'x-forwarded-for': '1.1.1.1, 198.51.100.7, 10.0.0.1' };
    expect((await fetch(`http://127.0.0.1:${port}/main`, { headers })).status).to.equal(200);
    const redirected = await fetch(`http://127.0.0.1:${plain}/x?y=1`, { redirect: 'manual' });
    expect([redirected.status, redirected.headers.get('location')]).to.deep.equal([
      308,
      'https://127.0.0.1/x?y=1',
    ]);
    const challenge = await fetch(`http://127.0.0.1:${plain}/.well-known/acme-challenge/token`);
    expect([challenge.status, await challenge.text()]).to.deep.equal([200, 'shop']);
    const line = await eventually('it is logged', () => world.log.find((one) => one['path'] === '/main'));
    expect(line['client']).to.equal('198.51.100.7');
  });

  it('is what a proxy says by the PROXY protocol, and nobody gets in without', async () => {
    const port = await freePort();
    const world = await start(`
listeners: [{ name: main, address: "127.0.0.1:${port}", proxy_protocol: true }]
trusted_proxies: [127.0.0.1]
routes: [{ id: shop, path: /*, direct_response: { status: 200, body: shop } }]
`);
    const request = 'GET /proxied HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const socket = connect(port, '127.0.0.1');
    socket.write(`PROXY TCP4 198.51.100.7 10.0.0.1 4711 80\r\n${request}`);
    expect(await text(socket)).to.match(/^HTTP\/1\.1 200 /);
    const line = await eventually('it is logged', () => world.log.find((one) => one['path'] === '/proxied'));
    expect(line['client']).to.equal('198.51.100.7');
    const bare = connect(port, '127.0.0.1');
    bare.write(request);
    expect(await text(bare).catch(() => '')).to.equal('');
    const warning = await eventually('it warns', () =>
      world.log.find((one) => one['reason'] === 'proxy-protocol'),
    );
    expect(warning).to.include({ listener: 'main', level: 'warn' });
    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    expect(metrics).to.include('loom_connections_refused_total{listener="main",reason="proxy-protocol"} 1');
  });
});
