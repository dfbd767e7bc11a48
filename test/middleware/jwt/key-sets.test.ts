import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import pino from 'pino';
import { LoomError } from '../../../src/errors.ts';
import { KeySets } from '../../../src/middleware/jwt/key-sets.ts';
import { eventually } from '../../support/wait.ts';
import { startIssuer, type Issuer } from './issuer.ts';

describe('key sets', () => {
  let issuer: Issuer;
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  beforeEach(async () => void (issuer = await startIssuer()));
  afterEach(() => issuer.close());
  const headerOf = async () => decodeProtectedHeader(await issuer.sign({})) as { alg: string };

  it('are read ahead, once for all who use a URL', async () => {
    const sets = new KeySets(log);
    const finders = [sets.use(issuer.url, 60_000), sets.use(issuer.url, 60_000)];
    await eventually('the keys are read', () => issuer.asked === 1);
    for (const find of finders) expect(await find(await headerOf())).to.include({ type: 'public' });
    expect(issuer.asked).to.equal(1);
  });

  it('are forgotten with their last use', async () => {
    const sets = new KeySets(log);
    await sets.use(issuer.url, 60_000)(await headerOf());
    sets.release(issuer.url, 60_000);
    await sets.use(issuer.url, 60_000)(await headerOf());
    expect(issuer.asked).to.equal(2);
  });

  it('stay good while the URL does not answer', async () => {
    const find = new KeySets(log, { cooldownMs: -1 }).use(issuer.url, 0);
    const first = await headerOf();
    await find(first);
    issuer.broken = true;
    await eventually('the keys are asked for in vain, and again', async () => {
      expect(await find(first)).to.include({ type: 'public' });
      return issuer.asked >= 4;
    });
  });

  it('are looked at once for a key that is not among them, as after a rotation', async () => {
    const find = new KeySets(log, { cooldownMs: -1 }).use(issuer.url, 60_000);
    const withdrawn = await headerOf();
    await find(withdrawn);
    await issuer.rotate();
    expect(await find(await headerOf())).to.include({ type: 'public' });
    expect(issuer.asked).to.equal(2);
    const failure: unknown = await find(withdrawn).catch((e: unknown) => e);
    expect(failure).to.have.property('code', 'ERR_JWKS_NO_MATCHING_KEY');
  });

  it('are read again when their time is over, while the old ones serve', async () => {
    const find = new KeySets(log, { cooldownMs: -1 }).use(issuer.url, 0);
    const withdrawn = await headerOf();
    await find(withdrawn);
    await issuer.rotate();
    await eventually('the withdrawn key is not believed any more', () =>
      find(withdrawn).then(
        () => false,
        () => true,
      ),
    );
  });

  it('are not asked for again and again by keys that were made up', async () => {
    const find = new KeySets(log).use(issuer.url, 60_000);
    await find(await headerOf());
    for (let i = 0; i < 5; i++) {
      const failure: unknown = await find({ alg: 'ES256', kid: `made-up-${i}` }).catch((e: unknown) => e);
      expect(failure).to.have.property('code', 'ERR_JWKS_NO_MATCHING_KEY');
    }
    expect(issuer.asked).to.equal(1);
  });

  it('that were never read say so, with the reason in the log', async () => {
    issuer.broken = true;
    const failure: unknown = await new KeySets(log)
      .use(
        issuer.url,
        60_000,
      )(await headerOf())
      .catch((e: unknown) => e);
    expect(failure).to.be.instanceOf(LoomError).and.to.include({ code: 'keys-unavailable' });
    expect(warnings.join()).to.include('it answered with 500').and.to.include(issuer.url);
  });

  it('are not waited for longer than the timeout, with the reason in the log, and are read by the next', async () => {
    issuer.stalled = true;
    const find = new KeySets(log, { timeoutMs: 200 }).use(issuer.url, 60_000);
    const failure: unknown = await find(await headerOf()).catch((e: unknown) => e);
    expect(failure).to.be.instanceOf(LoomError).and.to.include({ code: 'keys-unavailable' });
    expect(warnings.join()).to.include('it took longer than 200 ms').and.to.include(issuer.url);
    issuer.stalled = false;
    const found = await eventually('the keys', async () => find(await headerOf()));
    expect(found).to.include({ type: 'public' });
  });
});
