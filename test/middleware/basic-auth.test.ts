import { expect } from 'chai';
import { hashSync } from 'bcryptjs';
import { LoomError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { basicAuth } from '../../src/middleware/basic-auth.ts';
import type { Stage } from '../../src/middleware/middleware.ts';
import type { BasicAuth } from '../../src/model/model.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

const users = `ann:${hashSync('secret', 4)}\nzoë:${hashSync('pä:ss', 4)}`;
const settings = (part: Partial<BasicAuth> = {}): BasicAuth => ({
  users,
  realm: 'the shop',
  removeCredentials: false,
  ...part,
});
const basic = (text: string, scheme = 'Basic'): string[] => [
  'authorization',
  `${scheme} ${Buffer.from(text).toString('base64')}`,
];
const request = (headers: string[] = []): Exchange => exchangeOf('GET shop/a', headers).exchange;

/** Undefined where the request passes. */
async function ask(stage: Stage, exchange: Exchange): Promise<LoomError | undefined> {
  try {
    expect(await stage.request?.(exchange)).to.equal(undefined);
    return undefined;
  } catch (error) {
    if (error instanceof LoomError) return error;
    throw error;
  }
}

describe('basicAuth', () => {
  it('lets a user pass, the second time without a promise', async () => {
    const site = testSite();
    const stage = basicAuth.compile(settings(), site);
    expect(await ask(stage, request(basic('ann:secret')))).to.equal(undefined);
    expect(stage.request?.(request(basic('ann:secret')))).to.equal(undefined);
    expect(await ask(stage, request(basic('ann:secret', 'basic')))).to.equal(undefined);
    expect(site.counted).to.deep.equal({ passed: 3, refused: 0, unavailable: 0 });
  });

  const bad: Readonly<Record<string, string[]>> = {
    'no password': [],
    'a wrong password': basic('ann:Secret'),
    'a name that does not exist': basic('eve:secret'),
    'the name in another case': basic('Ann:secret'),
    'no colon': basic('ann'),
    'a token': ['authorization', 'Bearer abc'],
    'an empty value': ['authorization', ''],
    'the scheme alone': ['authorization', 'Basic '],
  };
  for (const [what, headers] of Object.entries(bad)) {
    it(`refuses ${what}, and says what it wants`, async () => {
      const site = testSite();
      const refusal = await ask(basicAuth.compile(settings(), site), request(headers));
      expect(refusal?.code).to.equal('unauthorized');
      expect(refusal?.authenticate).to.equal('Basic realm="the shop", charset="UTF-8"');
      expect(site.counted).to.include({ passed: 0, refused: 1 });
    });
  }

  it('gives the name to the upstream, never what a client wrote in its place', async () => {
    const stage = basicAuth.compile(settings({ userHeader: 'X-User', removeCredentials: true }), testSite());
    const exchange = request([...basic('zoë:pä:ss'), 'x-user', 'root', 'x-user', 'ann']);
    expect(await ask(stage, exchange)).to.equal(undefined);
    expect(exchange.request.headers.flat).to.deep.equal(['x-user', Buffer.from('zoë').latin1Slice()]);
    const stranger = request(['x-user', 'root']);
    expect((await ask(stage, stranger))?.code).to.equal('unauthorized');
    expect(stranger.request.headers.has('x-user')).to.equal(false);
  });

  it('leaves the credentials where they are unless it is told otherwise', async () => {
    const exchange = request(basic('ann:secret'));
    await ask(basicAuth.compile(settings(), testSite()), exchange);
    expect(exchange.request.headers.flat).to.deep.equal(basic('ann:secret'));
  });

  it('lets nobody pass while the Secret cannot be read', async () => {
    const site = testSite();
    const { users: _, ...without } = settings();
    const refusal = await ask(
      basicAuth.compile({ ...without, secret: 'a/staff' }, site),
      request(basic('ann:secret')),
    );
    expect(refusal?.code).to.equal('auth-unavailable');
    expect(refusal?.message).to.include('Secret a/staff');
    expect(site.counted).to.include({ unavailable: 1 });
  });

  it('shares what is known with other rules, until nobody uses the list any more', async () => {
    const site = testSite();
    const first = basicAuth.compile(settings(), site);
    await ask(first, request(basic('ann:secret')));
    const second = basicAuth.compile(settings({ realm: 'other' }), site);
    first.close?.();
    expect(second.request?.(request(basic('ann:secret')))).to.equal(undefined);
    second.close?.();
    const third = basicAuth.compile(settings(), site);
    expect(third.request?.(request(basic('ann:secret')))).to.be.instanceOf(Promise);
    third.close?.();
  });
});
