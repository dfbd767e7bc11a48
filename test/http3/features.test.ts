import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { startIssuer, type Issuer } from '../middleware/jwt/issuer.ts';
import type { Backend, Echo } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { everybody } from './clients.ts';
import { featureBackend, featureConfig } from './feature-site.ts';
import { features, type Asked } from './features.ts';
import { ForeignClient, plain } from './foreign-client.ts';
import { startHttp3, type Http3World } from './world.ts';

/** What feature tests ask over HTTP/1, asked over HTTP/3: whatever is behind the wire must not know the difference. */
describe('Features over HTTP/3', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'loom-http3-features-'));
  let backends: readonly Backend[];
  let issuer: Issuer;
  let loom: Http3World;
  before(async () => {
    writeFileSync(join(folder, 'staff'), `ann:${hashSync('secret', 5)}\n`);
    backends = await Promise.all(['one', 'two', 'three', 'shadow', 'auth'].map(featureBackend));
    issuer = await startIssuer();
    const ports = backends.map(({ port }) => port);
    loom = await startHttp3(featureConfig(ports, { passwords: join(folder, 'staff'), keys: issuer.url }));
  });
  after(async () => {
    await loom.stop();
    for (const backend of backends) await backend.close();
    await issuer.close();
    rmSync(folder, { recursive: true });
  });

  for (const { name, program } of everybody)
    describe(`as ${name} asks`, () => {
      let client: ForeignClient;
      let asked: Asked;
      before(async function () {
        // A first build, or installation.
        this.timeout(600_000);
        client = await ForeignClient.connect(await program(), loom.port, { ca: loom.authority.file });
        const ask: Asked['ask'] = async (path, question = {}) => {
          const headers = { 'x-who': name, ...question.headers };
          return plain(await client.request({ path, whole: true, ...question, headers }));
        };
        asked = {
          ask,
          echo: async (path, question) => JSON.parse((await ask(path, question)).body) as Echo,
          token: () => issuer.sign({ iss: 'https://issuer.example', aud: 'shop' }),
          seenBy: (backend) =>
            (backends[['one', 'two', 'three', 'shadow', 'auth'].indexOf(backend)] as Backend).seen.filter(
              ({ headers }) => headers['x-who'] === name,
            ),
        };
      });
      after(() => client.close());

      for (const [title, check] of Object.entries(features)) it(title, () => check(asked));

      it('is in the log as HTTP/3, and has had one connection', async () => {
        await asked.ask(`/direct?${name}`);
        const line = await eventually('it is logged', () =>
          loom.world.log.find(({ path, query }) => path === '/direct' && String(query).includes(name)),
        );
        expect(line).to.include({ protocol: 'HTTP/3', status: 200, client: '127.0.0.1' });
        expect((await client.facts()).connections ?? 1).to.equal(1);
      });
    });
});
