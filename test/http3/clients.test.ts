import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { expect } from 'chai';
import { echo, questions, upstream } from '../feature/wires.ts';
import { Authority } from '../support/authority.ts';
import { eventually } from '../support/wait.ts';
import { kinds } from './clients.ts';
import { ForeignClient, plain, type ClientOptions, type Program } from './foreign-client.ts';
import { big, startSite, type Site } from './site.ts';
import { startHttp3, type Http3World } from './world.ts';

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const bigSum = sha256(big);
const downloads = Number(process.env['LOOM_HTTP3_DOWNLOADS'] ?? 25);

for (const { name, program, sendsTrailers, keyUpdates, migrates } of kinds) {
  describe(`HTTP/3 as ${name} speaks it`, function () {
    this.timeout(120_000);
    let command: Program;
    let site: Site;
    let authority: Authority;
    const clients: ForeignClient[] = [];
    const connect = async (options: ClientOptions = {}): Promise<ForeignClient> => {
      const client = await ForeignClient.connect(command, site.port, { ca: authority.file, ...options });
      clients.push(client);
      return client;
    };

    before(async function () {
      // A first build, or installation.
      this.timeout(600_000);
      command = await program();
      authority = new Authority('clients');
      site = await startSite();
      const hosts = ['localhost', 'a.test', 'b.test', 'c.test'];
      site.certificates.set(
        hosts.map((host) => ({ id: host, hosts: [host], ...authority.issue(`/CN=${host}`, `DNS:${host}`) })),
      );
    });
    after(() => {
      site.close();
      authority.remove();
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) await client.close();
      expect(site.failures).to.deep.equal([]);
    });

    it('gives back a body as it was', async () => {
      const client = await connect();
      expect((await client.request({})).body).to.equal('0');
      const answer = await client.request({ method: 'POST', path: '/echo', size: 3_000_000 });
      expect([answer.failure, answer.sha256]).to.deep.equal([null, sha256('x'.repeat(3_000_000))]);
      expect((await client.facts()).group ?? 'X25519MLKEM768').to.equal('X25519MLKEM768');
    });

    it('answers a hundred requests at once, and again', async () => {
      const client = await connect();
      for (let i = 0; i < 3; i++) {
        const answers = await client.many(100, { method: 'POST', size: 3000 });
        expect(answers.map(({ body }) => body)).to.deep.equal(answers.map(() => '3000'));
        expect(answers).to.have.length(100);
      }
      expect((await client.facts()).connections ?? 1).to.equal(1);
    });

    it('tells the exchange when a request is taken back, and goes on', async () => {
      const client = await connect();
      const before = site.silent.length;
      await Promise.all(Array.from({ length: 20 }, () => client.request({ path: '/silent', cancel: true })));
      // libcurl sends nothing while it has no transfer: what it takes back is said with the next one.
      expect((await client.request({})).body).to.equal('0');
      // On a busy machine some are taken back before they have left.
      await eventually('all that came are aborted', () => {
        const came = site.silent.slice(before);
        return came.length > 0 && came.every((exchange) => site.aborted.includes(exchange));
      });
    });

    it('shows each host its certificate', async () => {
      for (const host of ['a.test', 'b.test', 'c.test']) {
        const client = await connect({ sni: host });
        expect((await client.request({ host })).body).to.equal('0');
        expect((await client.facts()).certificate).to.equal(`CN=${host}`);
      }
      expect(await connect({ sni: 'other.test' }).then(() => '', String)).to.not.equal('');
    });

    it('resumes a session with its ticket', async () => {
      const before = site.listener.http3?.resumedHandshakes ?? 0;
      const client = await connect({ resume: true });
      expect((await client.request({})).body).to.equal('0');
      expect((await client.facts()).resumed).to.equal(true);
      expect((site.listener.http3?.resumedHandshakes ?? 0) - before).to.equal(1);
    });

    if (sendsTrailers)
      it('passes trailers of a request', async () => {
        const client = await connect();
        const answer = await client.request({ method: 'POST', size: 10, trailers: [['x-sum', '7']] });
        expect(answer.body).to.equal('10 x-sum 7');
      });

    if (keyUpdates !== 'never')
      it('follows key updates of the client', async () => {
        const client = await connect();
        for (let i = 0; i < 4; i++) {
          if (keyUpdates === 'asked') await client.do('key_update');
          const answer = await client.request({ method: 'POST', size: 1_000_000 });
          expect(answer.body).to.equal('1000000');
        }
        expect((await client.facts()).keyUpdates).to.equal(keyUpdates === 'asked' ? 4 : 1);
      });

    if (migrates)
      it('follows the client to other ports', async () => {
        const client = await connect();
        const ports = new Set<number>();
        for (let i = 0; i < 3; i++) {
          await client.do('rebind');
          expect((await client.request({ method: 'POST', size: 20_000 })).body).to.equal('20000');
          ports.add((await client.facts()).port);
        }
        expect(ports.size).to.equal(3);
      });

    it(`downloads 10 MB ${downloads} times on one connection without a stall`, async function () {
      this.timeout(30_000 * downloads);
      const client = await connect();
      for (let i = 0; i < downloads; i++) {
        const { failure, sha256: sum } = await client.request({ path: '/big' });
        expect([failure, sum]).to.deep.equal([null, bigSum]);
      }
    });

    describe('to an upstream', () => {
      let server: Server;
      let loom: Http3World;
      let client: ForeignClient;
      before(async () => {
        server = (upstream['http'] as NonNullable<(typeof upstream)[string]>)(echo).listen(0, '127.0.0.1');
        await once(server, 'listening');
        loom = await startHttp3(`
upstreams: [{ name: echo, endpoints: ['127.0.0.1:${(server.address() as AddressInfo).port}'] }]
routes: [{ id: all, hosts: [localhost], tls: own, path: '/*', upstream: echo }]
`);
        client = await ForeignClient.connect(command, loom.port, { ca: loom.authority.file });
      });
      after(async () => {
        await client.close();
        await loom.stop();
        server.close();
      });
      for (const { title, ask, check } of questions) {
        it(`carries ${title}`, async () => check(plain(await client.request({ ...ask, whole: true }))));
      }
    });
  });
}
