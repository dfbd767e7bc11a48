import { expect } from 'chai';
import { AioquicClient, installAioquic } from './aioquic.ts';
import { Relay } from './relay.ts';
import { startSite, type Site } from './site.ts';

const seed = Number(process.env['LOOM_HTTP3_SEED'] ?? Date.now() % 1_000_000);
const rounds = Number(process.env['LOOM_HTTP3_ROUNDS'] ?? 3);
const downloads = Number(process.env['LOOM_HTTP3_DOWNLOADS'] ?? 15);

describe(`HTTP/3 over a bad network (LOOM_HTTP3_SEED=${seed})`, function () {
  this.timeout(300_000);
  let site: Site;
  before(async () => {
    installAioquic();
    site = await startSite();
  });
  after(() => site.close());

  for (const [title, loss, reordering] of [
    ['1 % are lost', 0.01, 0],
    ['5 % are lost', 0.05, 0],
    ['1 % are lost, and 5 % come late', 0.01, 0.05],
  ] as const) {
    it(`downloads and uploads without a stall where ${title}`, async () => {
      const relay = new Relay(site.port, { loss, reordering, seed });
      const client = await AioquicClient.connect(await relay.start());
      try {
        for (let i = 0; i < rounds; i++) {
          expect((await client.request({ path: '/big' })).bytes).to.equal(10 << 20);
          expect((await client.request({ method: 'POST', size: 1_000_000 })).body).to.equal('1000000');
          const answers = await client.many(50, { method: 'POST', size: 3000 });
          expect(answers.map(({ body }) => body)).to.deep.equal(answers.map(() => '3000'));
        }
        expect(relay.lost).to.be.greaterThan(relay.passed * loss * 0.5);
        expect(site.failures).to.deep.equal([]);
      } finally {
        await client.close();
        relay.close();
      }
    });
  }

  it(`downloads 10 MB ${downloads} times on one connection without a stall`, async function () {
    this.timeout(30_000 * downloads);
    const client = await AioquicClient.connect(site.port);
    for (let i = 0; i < downloads; i++)
      expect((await client.request({ path: '/big' })).bytes).to.equal(10 << 20);
    await client.close();
  });
});
