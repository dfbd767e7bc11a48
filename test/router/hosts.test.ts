import { expect } from 'chai';
import { HostRouter, hostOf } from '../../src/router/hosts.ts';
import { HostTable } from '../../src/router/table.ts';
import { match, requestHead } from '../support/requests.ts';

const pace = { due: false, rest: async () => {} };
const table = (target: string, path = '/'): Promise<HostTable<string>> =>
  HostTable.build([{ match: match({ path: { type: 'Prefix', value: path } }), target }], pace);

describe('HostRouter', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['shop.example.com/x', 'exact'],
    ['shop.example.com:8080/x', 'exact'],
    ['shop.example.com./x', 'exact'],
    ['www.example.com/x', 'wildcard'],
    ['a.b.example.com/x', 'deep wildcard'],
    ['a.b.c.example.com/x', 'wildcard'],
    ['example.com/x', 'any'],
    ['[::1]:80/x', 'any'],
    ['only.example.org/only', 'only'],
    ['only.example.org/other', 'any'],
  ];
  for (const [target, want] of cases) {
    it(`sends ${target} to ${want}`, async () => {
      const router = HostRouter.of(
        new Map([
          ['shop.example.com', await table('exact')],
          ['*.example.com', await table('wildcard')],
          ['*.b.example.com', await table('deep wildcard')],
          ['only.example.org', await table('only', '/only')],
          ['*', await table('any')],
        ]),
      );
      expect(router.find(requestHead(`GET ${target}`))?.target).to.equal(want);
    });
  }

  it('finds nothing where no host matches', async () => {
    const router = HostRouter.of(new Map([['a.example.com', await table('a')]]));
    expect(router.find(requestHead('GET b.example.com/'))).to.equal(undefined);
  });

  it('leaves a router as it was when another is made of it', async () => {
    const hosts = Array.from({ length: 1000 }, (_, i) => `h${i}.example.com`);
    const tables = await Promise.all(hosts.map(async (host) => [host, await table(host)] as const));
    const before = HostRouter.of(new Map(tables));
    const after = before.with(
      new Map([
        ['h1.example.com', await table('another')],
        ['h2.example.com', undefined],
        ['new.example.com', await table('new')],
      ]),
    );
    const find = (router: HostRouter<string>, host: string): string | undefined =>
      router.find(requestHead(`GET ${host}/`))?.target;
    expect(hosts.map((host) => find(before, host))).to.deep.equal(hosts);
    expect(find(before, 'new.example.com')).to.equal(undefined);
    const want: readonly (string | undefined)[] = ['h0.example.com', 'another', undefined, ...hosts.slice(3)];
    expect(hosts.map((host) => find(after, host))).to.deep.equal(want);
    expect(find(after, 'new.example.com')).to.equal('new');
  });

  it('goes on finding by wildcards while there is one', async () => {
    const all = await table('wildcard');
    const wild = HostRouter.of(new Map([['*.example.com', all]]));
    const both = wild.with(
      new Map([
        ['*.example.com', all],
        ['*.example.org', all],
      ]),
    );
    const one = both.with(
      new Map([
        ['*.example.com', undefined],
        ['*.absent.org', undefined],
      ]),
    );
    expect(one.find(requestHead('GET a.example.org/'))?.target).to.equal('wildcard');
    expect(one.find(requestHead('GET a.example.com/'))).to.equal(undefined);
    const none = one.with(new Map([['*.example.org', undefined]]));
    expect(none.find(requestHead('GET a.example.org/'))).to.equal(undefined);
  });
});

describe('hostOf', () => {
  for (const [authority, host] of [
    ['a.b', 'a.b'],
    ['a.b:1', 'a.b'],
    ['a.b.:1', 'a.b'],
    ['[::1]', '[::1]'],
    ['[::1]:8080', '[::1]'],
    ['', ''],
  ] as const) {
    it(`gives ${JSON.stringify(host)} for ${JSON.stringify(authority)}`, () =>
      expect(hostOf(authority)).to.equal(host));
  }
});
