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

  it('stay good while the URL does not answer, and are replaced when it does', async () => {
    const sets = new KeySets(log);
    const find = sets.use(issuer.url, 0);
    const first = await headerOf();
    await find(first);
    issuer.broken = true;
    await find(first);
    await find(first);
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
});
