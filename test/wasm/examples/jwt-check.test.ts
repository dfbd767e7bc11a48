import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import type { LoadedPlugin } from '../../../src/runtime/messages.ts';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../../src/wasm/plugin-vm.ts';
import { anExchange, loadedPlugin, plugin, world } from '../world.ts';

const secret = 'sixteen-characters-or-more';
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = (claims: object, head: object = { alg: 'HS256' }, key = secret): string => {
  const text = `${part(head)}.${part(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};
const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset;

/** The answer to a request with that Authorization field, and the request as it goes on. */
async function ask(
  config: object,
  authorization: string | undefined,
  more: string[] = [],
  grants: Partial<LoadedPlugin> = {},
) {
  const remembered = world();
  const vm = PluginVm.create(await loadedPlugin('jwt-check', grants), remembered);
  const stage = pluginStage(vm.root(JSON.stringify({ secret, ...config })));
  const fields = authorization === undefined ? more : ['authorization', authorization, ...more];
  const exchange = anExchange('GET a/', fields);
  const reply = await stage.request?.(exchange);
  stage.log?.(exchange);
  stage.finish?.(exchange);
  vm.close();
  return { reply, headers: exchange.request.headers, records: remembered.records };
}

describe('example jwt-check', () => {
  it('lets a signed token pass and tells its claims, whatever the client says about them', async () => {
    const token = signed({ sub: 'ann', roles: ['a', 'b'], exp: seconds(60), pad: 'x'.repeat(200) });
    const config = { claimHeaders: { sub: 'x-user', roles: 'x-roles', email: 'x-email' } };
    const { reply, headers } = await ask(config, `Bearer ${token}`, [
      'x-user',
      'eve',
      'x-email',
      'e@example.com',
    ]);
    expect(reply).to.equal(undefined);
    expect(headers.get('x-user')).to.equal('ann');
    expect(headers.get('x-roles')).to.equal('["a","b"]');
    expect(headers.get('x-email')).to.equal(undefined);
  });

  it('takes a key that is longer than a block of the hash', async () => {
    const long = 'k'.repeat(100);
    const { reply } = await ask({ secret: long }, `bearer ${signed({}, { alg: 'HS256' }, long)}`);
    expect(reply).to.equal(undefined);
  });

  const good = signed({ sub: 'ann' });
  const cases: readonly [string, string | undefined, object, RegExp][] = [
    ['no token', undefined, {}, /^Bearer$/],
    ['another scheme', 'Basic YTpi', {}, /^Bearer$/],
    ['a token of two parts', 'Bearer a.b', {}, /invalid_token/],
    ['a token that is not base64', 'Bearer !.!.!', {}, /invalid_token/],
    ['another key', `Bearer ${signed({}, { alg: 'HS256' }, 'another-key-of-somebody')}`, {}, /invalid_token/],
    [
      'a changed payload',
      `Bearer ${good.replace(/\..*\./, `.${part({ sub: 'eve' })}.`)}`,
      {},
      /invalid_token/,
    ],
    ['no algorithm', `Bearer ${part({ alg: 'none' })}.${part({})}.`, {}, /invalid_token/],
    ['another algorithm', `Bearer ${signed({}, { alg: 'RS256' })}`, {}, /invalid_token/],
    ['claims that are no object', `Bearer ${signed([1])}`, {}, /invalid_token/],
    ['an expired token', `Bearer ${signed({ exp: seconds(-60) })}`, {}, /has expired/],
    ['a token for later', `Bearer ${signed({ nbf: seconds(86_400) })}`, {}, /not valid yet/],
    ['another issuer', `Bearer ${signed({ iss: 'b' })}`, { issuer: 'a' }, /another issuer/],
    ['no audience', `Bearer ${good}`, { audience: 'a' }, /another audience/],
    ['other audiences', `Bearer ${signed({ aud: ['b', 'c'] })}`, { audience: 'a' }, /another audience/],
  ];
  for (const [what, authorization, config, challenge] of cases) {
    it(`refuses ${what}`, async () => {
      const { reply } = await ask(config, authorization);
      expect(reply?.head.status).to.equal(401);
      expect(reply?.head.headers.get('www-authenticate')).to.match(challenge);
    });
  }

  it('takes one of several audiences, and a clock that differs by less than the leeway', async () => {
    const token = signed({ aud: ['b', 'a'], exp: seconds(-10), nbf: seconds(10) });
    expect((await ask({ audience: 'a' }, `Bearer ${token}`)).reply).to.equal(undefined);
  });

  it('tells claims in one line, whatever they are written like', async () => {
    const text = `${part({ alg: 'HS256' })}.${Buffer.from('{"roles":\n [ "a" ,\r\n{"b" :1}]}').toString('base64url')}`;
    const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    const { headers } = await ask({ claimHeaders: { roles: 'x-roles' } }, `Bearer ${token}`);
    expect(headers.get('x-roles')).to.equal('["a",{"b":1}]');
  });

  describe('with a public key', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const config = { secret: undefined, publicKey: pem, claimHeaders: { sub: 'x-user' } };
    const bySender = (claims: object, key = privateKey): string => {
      const text = `${part({ alg: 'RS256' })}.${part(claims)}`;
      return `Bearer ${text}.${createSign('sha256').update(text).sign(key, 'base64url')}`;
    };

    it('lets a token pass that the private key signed', async () => {
      const { reply, headers } = await ask(config, bySender({ sub: 'ann', exp: seconds(60) }));
      expect(reply).to.equal(undefined);
      expect(headers.get('x-user')).to.equal('ann');
    });

    for (const [what, token, challenge] of [
      ['an expired one', bySender({ exp: seconds(-60) }), /has expired/],
      [
        'one of another private key',
        bySender({}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
        /invalid_token/,
      ],
      [
        'one signed with the public key as a secret',
        `Bearer ${signed({}, { alg: 'HS256' }, pem)}`,
        /invalid_token/,
      ],
      ['one with a signature of no length', bySender({}).replace(/[^.]*$/, ''), /invalid_token/],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const { reply } = await ask(config, token);
        expect(reply?.head.status).to.equal(401);
        expect(reply?.head.headers.get('www-authenticate')).to.match(challenge);
      });
    }

    it('lets nobody in, and says what to grant, when the host may not verify for it', async () => {
      const families = plugin.capabilities.families.filter((family) => family !== 'ForeignFunctions');
      const grants = { capabilities: { ...plugin.capabilities, families } };
      const { reply, records } = await ask(config, bySender({}), [], grants);
      expect(reply?.head.status).to.equal(401);
      expect(records).to.satisfy((all: readonly { remedy?: string }[]) =>
        all.some(({ remedy }) => remedy === 'add ForeignFunctions to capabilities.allow'),
      );
    });
  });

  for (const config of [
    '',
    '{}',
    '{"secret": "short"}',
    '{"publicKey": "no PEM"}',
    `{"secret": "${secret}", "publicKey": "x"}`,
  ]) {
    it(`refuses the configuration ${JSON.stringify(config)}`, async () => {
      const vm = PluginVm.create(await loadedPlugin('jwt-check'), world());
      expect(() => vm.root(config)).to.throw(/refused its configuration/);
      vm.close();
    });
  }
});
