import { expect } from 'chai';
import { AioquicClient, installAioquic } from './aioquic.ts';
import { everybody } from './clients.ts';
import { fieldOf, ForeignClient, type ClientOptions } from './foreign-client.ts';
import { startHttp3, type Http3World } from './world.ts';

const hosts = Array.from({ length: 50 }, (_, i) => `h${i}.test`);

describe('HTTP/3 of a running Loom with three workers', function () {
  this.timeout(180_000);
  let loom: Http3World;
  const clients: ForeignClient[] = [];
  const connect = async (options: ClientOptions = {}): Promise<AioquicClient> => {
    const client = await AioquicClient.connect(loom.port, { ca: loom.authority.file, ...options });
    clients.push(client);
    return client;
  };
  const route = (name: string, host: string): string =>
    `{ id: r-${name}, hosts: [${host}], path: '/*', tls: ${name}, direct_response: { status: 200, body: ${host} } }`;

  before(async () => {
    installAioquic();
    loom = await startHttp3(`routes: [${route('own', 'localhost')}]`, 3);
    const certificates = hosts.map((host, i) => loom.issue(`c${i}`, `/CN=${host}`, `DNS:${host}`));
    const routes = [route('own', 'localhost'), ...hosts.map((host, i) => route(`c${i}`, host))];
    await loom.edit(certificates, `routes: [${routes.join(', ')}]`);
  });
  after(() => loom.stop());
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  for (const { name, program, hosts: each = 1 } of everybody) {
    // Fifty processes of Python take their time: once, with aioquic, is enough.
    const asked = name === 'qh3' ? hosts.slice(0, 10) : hosts;
    it(`shows ${name} the certificate of each of ${asked.length} of fifty hosts, all of which are believed`, async function () {
      // A first build, or installation.
      this.timeout(600_000);
      const command = await program();
      const see = async (some: readonly string[]): Promise<void> => {
        const options = { ca: loom.authority.file, sni: some[0] as string };
        const client = await ForeignClient.connect(command, loom.port, options);
        clients.push(client);
        for (const host of some) {
          expect((await client.request({ host, sni: host })).body).to.equal(host);
          expect((await client.facts()).certificate).to.equal(`CN=${host}`);
        }
        await client.close();
      };
      const parts: (readonly string[])[] = [];
      for (let i = 0; i < asked.length; i += each) parts.push(asked.slice(i, i + each));
      for (let i = 0; i < parts.length; i += 10) await Promise.all(parts.slice(i, i + 10).map(see));
    });
  }

  it('follows a client through twelve ports, whichever worker gets its datagrams', async () => {
    const client = await connect();
    for (let i = 0; i < 12; i++) {
      await client.do('rebind', { change_id: i % 2 === 1 });
      expect((await client.request({})).body).to.equal('localhost');
    }
    expect((await client.facts()).terminated).to.equal(null);
    expect(await loom.metric('loom_http3_datagrams_forwarded_total')).to.be.greaterThan(0);
  });

  it('tells clients where HTTP/3 is', async () => {
    const client = await connect();
    expect(fieldOf(await client.request({}), 'alt-svc')).to.equal(`h3=":${loom.port}"; ma=86400`);
  });

  it('counts handshakes of all workers', async () => {
    expect(await loom.metric('loom_http3_handshakes_total')).to.be.at.least(3 * 50 + 10 + 2);
  });
});
