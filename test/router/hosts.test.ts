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
      const router = new HostRouter(
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
    const router = new HostRouter(new Map([['a.example.com', await table('a')]]));
    expect(router.find(requestHead('GET b.example.com/'))).to.equal(undefined);
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
