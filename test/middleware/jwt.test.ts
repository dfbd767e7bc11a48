import { expect } from 'chai';
import { base64url } from 'jose';
import type { LoomRouteSpecRuleJwt } from '../../src/api/types.gen.ts';
import { LoomError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { jwt } from '../../src/middleware/jwt.ts';
import type { Stage } from '../../src/middleware/middleware.ts';
import { exchangeOf } from '../support/requests.ts';
import { startIssuer, type Issuer } from './jwt/issuer.ts';
import { testSite } from './site.ts';

const now = (): number => Math.floor(Date.now() / 1000);

describe('jwt', () => {
  let issuer: Issuer;
  before(async () => void (issuer = await startIssuer()));
  after(() => issuer.close());

  const settings = (
    provider: Partial<LoomRouteSpecRuleJwt['providers'][number]> = {},
    part: Partial<LoomRouteSpecRuleJwt> = {},
  ): LoomRouteSpecRuleJwt => ({
    optional: false,
    removeToken: false,
    clockSkew: '0s',
    providers: [
      {
        name: 'main',
        issuer: 'https://issuer.example',
        jwks: JSON.stringify(issuer.keys()),
        refreshInterval: '5m',
        ...provider,
      },
    ],
    ...part,
  });
  const request = (headers: string[] = [], line = 'GET shop/a'): Exchange =>
    exchangeOf(line, headers).exchange;
  const bearer = (token: string): string[] => ['authorization', `Bearer ${token}`];
  const good = { iss: 'https://issuer.example', sub: 'ann' };

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

  it('lets a good token pass, the second time without a promise', async () => {
    const site = testSite();
    const stage = jwt.compile(settings(), site);
    const token = await issuer.sign(good);
    expect(await ask(stage, request(bearer(token)))).to.equal(undefined);
    expect(stage.request?.(request(['authorization', `bearer ${token}`]))).to.equal(undefined);
    expect(site.counted).to.include({ passed: 2, refused: 0 });
  });

  const bad: Readonly<Record<string, (whole: string) => Promise<string> | string>> = {
    'that is none': () => 'abc',
    'whose signature was changed': (whole) =>
      whole.replace(/\.[^.]*$/, (s) => `.${s.slice(1).split('').toReversed().join('')}`),
    'whose claims were changed': (whole) =>
      whole.replace(
        /\.[^.]*\./,
        `.${base64url.encode(JSON.stringify({ ...good, sub: 'eve', exp: now() + 60 }))}.`,
      ),
    'that is not signed': () =>
      `${base64url.encode('{"alg":"none"}')}.${base64url.encode(JSON.stringify(good))}.`,
    'signed with a secret': () =>
      `${base64url.encode('{"alg":"HS256","kid":"key-1"}')}.${base64url.encode(JSON.stringify(good))}.c2ln`,
    'that has expired': () => issuer.sign({ ...good, exp: now() - 1 }),
    'that is not valid yet': () => issuer.sign({ ...good, nbf: now() + 60 }),
    'of another issuer': () => issuer.sign({ iss: 'https://other.example' }),
    'without an issuer': () => issuer.sign({ sub: 'ann' }),
    'for another audience': () => issuer.sign({ ...good, aud: ['other'] }),
    'of a key that nobody knows': () => issuer.sign(good, { kid: 'key-x' }),
  };
  for (const [what, make] of Object.entries(bad)) {
    it(`refuses a token ${what}`, async () => {
      const site = testSite();
      const stage = jwt.compile(settings({ audiences: ['shop'] }), site);
      const token = await make(await issuer.sign({ ...good, aud: 'shop' }));
      const refusal = await ask(stage, request(bearer(token)));
      expect(refusal?.code).to.equal('unauthorized');
      expect(refusal?.authenticate).to.equal('Bearer error="invalid_token"');
      expect(site.counted).to.include({ passed: 0, refused: 1 });
    });
  }

  it('asks for a token where there is none, unless it is optional', async () => {
    const refusal = await ask(jwt.compile(settings(), testSite()), request());
    expect(refusal).to.include({ code: 'unauthorized', authenticate: 'Bearer' });
    const lenient = jwt.compile(settings({}, { optional: true }), testSite());
    expect(await ask(lenient, request())).to.equal(undefined);
    expect((await ask(lenient, request(bearer('abc'))))?.code).to.equal('unauthorized');
  });

  it('believes clocks that differ by as much as was said', async () => {
    const stage = jwt.compile(settings({}, { clockSkew: '60s' }), testSite());
    expect(await ask(stage, request(bearer(await issuer.sign({ ...good, exp: now() - 30 }))))).to.equal(
      undefined,
    );
  });

  it('does not believe a remembered token longer than it says', async () => {
    const stage = jwt.compile(settings({}, { clockSkew: '60s' }), testSite());
    const token = await issuer.sign({ ...good, exp: now() - 30 });
    await ask(stage, request(bearer(token)));
    expect(stage.request?.(request(bearer(token)))).to.be.instanceOf(Promise);
  });

  it('wants every scope, and says which', async () => {
    const stage = jwt.compile(settings({ scopes: ['read', 'write'] }), testSite());
    const refusal = await ask(stage, request(bearer(await issuer.sign({ ...good, scope: 'read' }))));
    expect(refusal?.code).to.equal('forbidden');
    expect(refusal?.authenticate).to.equal('Bearer error="insufficient_scope", scope="read write"');
    for (const claims of [{ scope: 'write admin read' }, { scp: ['read', 'write'] }])
      expect(await ask(stage, request(bearer(await issuer.sign({ ...good, ...claims }))))).to.equal(
        undefined,
      );
  });

  it('gives claims to the upstream, and nothing that a client wrote in their place', async () => {
    const claimHeaders = [
      { claim: 'sub', header: 'X-User' },
      { claim: 'realm.roles', header: 'x-roles' },
      { claim: 'https://shop/tier', header: 'x-tier' },
      { claim: 'missing', header: 'x-missing' },
      { claim: 'note', header: 'x-note' },
    ];
    const stage = jwt.compile(settings({ claimHeaders }), testSite());
    const claims = { realm: { roles: ['a', 'b'] }, 'https://shop/tier': 3, note: 'a\r\nb: c' };
    const token = await issuer.sign({ ...good, sub: 'Zoë', ...claims });
    const forged = ['x-user', 'root', 'x-missing', '1', 'x-note', '1'];
    const exchange = request([...bearer(token), ...forged]);
    expect(await ask(stage, exchange)).to.equal(undefined);
    const { headers } = exchange.request;
    const seen = ['x-user', 'x-roles', 'x-tier', 'x-missing', 'x-note'].map((name) => headers.get(name));
    expect(seen).to.deep.equal([Buffer.from('Zoë').latin1Slice(), 'a,b', '3', undefined, undefined]);
  });

  it('takes the token from other places, and out of the request', async () => {
    const token = await issuer.sign(good);
    const places = [
      { type: 'Header', name: 'X-Token', prefix: 'tok ' },
      { type: 'Cookie', name: 'session' },
      { type: 'Query', name: 'access_token' },
    ] as const;
    const stage = jwt.compile(settings({}, { tokenFrom: places, removeToken: true }), testSite());
    const inHeader = request(['x-token', `tok ${token}`]);
    const inCookie = request(['cookie', `a=1; session=${token}; b=2`]);
    const inQuery = request([], `GET shop/a?x=1&access_token=${token}&y=2`);
    for (const exchange of [inHeader, inCookie, inQuery])
      expect(await ask(stage, exchange)).to.equal(undefined);
    expect(inHeader.request.headers.has('x-token')).to.equal(false);
    expect(inCookie.request.headers.get('cookie')).to.equal('a=1; b=2');
    expect(inQuery.request.query).to.equal('x=1&y=2');
    expect((await ask(stage, request(bearer(token))))?.code).to.equal('unauthorized');
  });

  it('takes the provider of the issuer', async () => {
    const other = await startIssuer('EdDSA');
    const providers = [
      ...settings().providers,
      { name: 'any', jwks: JSON.stringify(other.keys()), refreshInterval: '5m', scopes: ['b'] },
    ];
    const stage = jwt.compile(settings({}, { providers }), testSite());
    expect(await ask(stage, request(bearer(await issuer.sign(good))))).to.equal(undefined);
    expect(await ask(stage, request(bearer(await other.sign({ iss: 'x', scope: 'b' }))))).to.equal(undefined);
    expect((await ask(stage, request(bearer(await other.sign({ iss: 'x' })))))?.code).to.equal('forbidden');
    await other.close();
  });
});
