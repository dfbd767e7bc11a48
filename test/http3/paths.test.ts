import { expect } from 'chai';
import { everybody } from './clients.ts';
import { ForeignClient, type Program } from './foreign-client.ts';
import { Relay, type RelayOptions } from './relay.ts';
import { big, startSite, type Site } from './site.ts';

const seed = Number(process.env['LOOM_HTTP3_SEED'] ?? Date.now() % 1_000_000);

for (const { name, program } of everybody)
  describe(`HTTP/3 over other paths than the best, as ${name} speaks it (LOOM_HTTP3_SEED=${seed})`, function () {
    this.timeout(120_000);
    let command: Program;
    const closing: (() => void | Promise<void>)[] = [];
    before(async function () {
      // A first build, or installation.
      this.timeout(600_000);
      command = await program();
    });
    afterEach(async () => {
      // Clients before what they speak to.
      for (const close of closing.splice(0).toReversed()) await close();
    });

    const start = async (...tuning: Parameters<typeof startSite>): Promise<Site> => {
      const site = await startSite(...tuning);
      closing.push(() => {
        site.close();
        expect(site.failures).to.deep.equal([]);
      });
      return site;
    };
    const connect = async (port: number): Promise<ForeignClient> => {
      const client = await ForeignClient.connect(command, port);
      closing.push(() => client.close());
      return client;
    };
    const between = async (site: Site, options: Partial<RelayOptions>): Promise<[Relay, ForeignClient]> => {
      const relay = new Relay(site.port, { loss: 0, reordering: 0, seed, ...options });
      const port = await relay.start();
      closing.push(() => relay.close());
      return [relay, await connect(port)];
    };

    it('proves its address by a Retry when it is asked to', async () => {
      const site = await start({ retryFrom: 0 });
      const client = await connect(site.port);
      expect((await client.request({ method: 'POST', size: 5000 })).body).to.equal('5000');
      // One for each datagram before the first of them has arrived: of a ClientHello that needs two, or is sent again.
      expect(site.listener.http3?.retries).to.be.greaterThan(0);
      expect(site.listener.http3?.handshakes).to.equal(1);
    });

    it('follows key updates of ours', async () => {
      const site = await start({ updateKeysAfter: 500 });
      const client = await connect(site.port);
      const { failure, bytes } = await client.request({ path: '/big' });
      expect([failure, bytes]).to.deep.equal([null, big.length]);
      expect((await client.request({ method: 'POST', size: 1_000_000 })).body).to.equal('1000000');
    });

    it('goes on behind a NAT that gives it another port again and again', async () => {
      const [relay, client] = await between(await start(), { rebindAfter: 2000 });
      const download = await client.request({ path: '/big' });
      expect([download.failure, download.bytes]).to.deep.equal([null, big.length]);
      const answers = await client.many(50, { method: 'POST', size: 30_000 });
      expect(answers.map(({ body }) => body)).to.deep.equal(answers.map(() => '30000'));
      expect(relay.ports).to.be.greaterThan(4);
      expect((await client.facts()).connections ?? 1).to.equal(1);
    });

    // What aioquic does there is asked in loss.test.ts.
    if (name !== 'aioquic')
      for (const [title, loss, reordering] of [
        ['5 % are lost', 0.05, 0],
        ['1 % are lost, and 5 % come late', 0.01, 0.05],
      ] as const)
        it(`downloads and uploads without a stall where ${title}`, async () => {
          const [relay, client] = await between(await start(), { loss, reordering });
          const { failure, bytes } = await client.request({ path: '/big' });
          expect([failure, bytes]).to.deep.equal([null, big.length]);
          expect((await client.request({ method: 'POST', size: 1_000_000 })).body).to.equal('1000000');
          const answers = await client.many(50, { method: 'POST', size: 3000 });
          expect(answers.map(({ body }) => body)).to.deep.equal(answers.map(() => '3000'));
          expect(relay.lost).to.be.greaterThan(relay.passed * loss * 0.5);
        });
  });
