import { expect } from 'chai';
import { HostTable, type Entry } from '../../src/router/table.ts';
import type { Match } from '../../src/model/model.ts';
import { match, requestHead } from '../support/requests.ts';

const pace = { due: false, rest: async () => {} };
const build = (entries: readonly (readonly [string, Match])[]): Promise<HostTable<string>> =>
  HostTable.build(
    entries.map(([target, m]): Entry<string> => ({ match: m, target })),
    pace,
  );
const path = (type: Match['path']['type'], value: string): Match => match({ path: { type, value } });
const header = (name: string, value: string): Match['headers'][number] => ({ name, type: 'Exact', value });

describe('HostTable', () => {
  const paths: readonly (readonly [string, Match])[] = [
    ['root', path('Prefix', '/')],
    ['api', path('Prefix', '/api')],
    ['api-v1', path('Prefix', '/api/v1/')],
    ['exact', path('Exact', '/api/v1/users')],
    ['slash', path('Exact', '/api/v1/users/')],
    ['user', path('Pattern', '/users/:id')],
    ['me', path('Pattern', '/users/me')],
    ['orders', path('Pattern', '/users/:id/orders/:order')],
    ['rest', path('Pattern', '/files/:bucket/*')],
    ['regex', path('Regex', '/v[0-9]+/.*')],
    ['longer regex', path('Regex', '/v[0-9]+/items/[a-z]+')],
  ];
  const cases: readonly (readonly [string, string, Record<string, string>?, string?])[] = [
    ['/', 'root'],
    ['/other', 'root', {}, ''],
    ['/api', 'api', {}, '/api'],
    ['/api/', 'api', {}, '/api'],
    ['/apix', 'root'],
    ['/api/v2/x', 'api', {}, '/api'],
    ['/api/v1', 'api-v1', {}, '/api/v1'],
    ['/api/v1/users', 'exact'],
    ['/api/v1/users/', 'slash'],
    ['/api/v1/users/7', 'api-v1'],
    ['/users/42', 'user', { id: '42' }],
    ['/users/me', 'me', {}],
    ['/users/', 'root'],
    ['/users/42/', 'root'],
    ['/users/me/orders/9', 'orders', { id: 'me', order: '9' }],
    ['/files/b/x/y', 'rest', { bucket: 'b' }, '/files/b'],
    ['/files/b', 'rest', { bucket: 'b' }, '/files/b'],
    ['/files', 'root'],
    ['/v1/x', 'regex'],
    ['/v1/items/abc', 'longer regex'],
    ['/a/v1/x', 'root'],
  ];
  for (const [given, target, params, prefix] of cases) {
    it(`sends ${given} to ${target}`, async () => {
      const found = (await build(paths)).find(requestHead(`GET h${given}`));
      expect(found?.target).to.equal(target);
      if (params) expect(found?.params).to.deep.equal(params);
      if (prefix !== undefined) expect(found?.matchedPrefix).to.equal(prefix);
    });
  }

  it('does not depend on the order of the entries', async () => {
    const reversed = await build(paths.toReversed());
    for (const [given, target] of cases)
      expect(reversed.find(requestHead(`GET h${given}`))?.target).to.equal(target);
  });

  it('prefers more conditions on one path: methods, then headers, then query, then age', async () => {
    const table = await build([
      ['old', match()],
      ['young', match()],
      ['query', match({ query: [{ name: 'q', type: 'Exact', value: '1' }] })],
      ['header', match({ headers: [header('x-a', '1')] })],
      ['two headers', match({ headers: [header('x-a', '1'), header('x-b', '1')] })],
      ['method', match({ methods: ['GET', 'HEAD'] })],
    ]);
    const find = (line: string, headers: string[] = []): string | undefined =>
      table.find(requestHead(line, headers))?.target;
    expect(find('GET h/')).to.equal('method');
    expect(find('POST h/')).to.equal('old');
    expect(find('POST h/?q=1')).to.equal('query');
    expect(find('POST h/?q=1', ['x-a', '1'])).to.equal('header');
    expect(find('POST h/', ['x-a', '1', 'x-b', '1'])).to.equal('two headers');
  });

  it('falls back to a less specific path when the conditions of the more specific one do not hold', async () => {
    const table = await build([
      ['exact', match({ path: { type: 'Exact', value: '/a/b' }, methods: ['POST'] })],
      ['pattern', match({ path: { type: 'Pattern', value: '/a/:x' }, headers: [header('x-a', '1')] })],
      ['prefix', path('Prefix', '/a')],
    ]);
    expect(table.find(requestHead('POST h/a/b'))?.target).to.equal('exact');
    expect(table.find(requestHead('GET h/a/b', ['x-a', '1']))?.target).to.equal('pattern');
    expect(table.find(requestHead('GET h/a/b'))?.target).to.equal('prefix');
    expect(table.find(requestHead('GET h/b'))).to.equal(undefined);
  });

  it('compares several fields of one name as one value, and Present and Absent', async () => {
    const table = await build([
      ['joined', match({ headers: [header('x-a', '1, 2')] })],
      ['regex', match({ headers: [{ name: 'x-r', type: 'Regex', value: '[0-9]+' }] })],
      ['present', match({ headers: [{ name: 'x-p', type: 'Present', value: '' }] })],
      [
        'absent',
        match({ query: [{ name: 'q', type: 'Absent', value: '' }], headers: [header('x-q', 'no')] }),
      ],
    ]);
    const find = (line: string, headers: string[]): string | undefined =>
      table.find(requestHead(line, headers))?.target;
    expect(find('GET h/', ['x-a', '1', 'x-a', '2'])).to.equal('joined');
    expect(find('GET h/', ['x-r', '12'])).to.equal('regex');
    expect(find('GET h/', ['x-r', 'a12'])).to.equal(undefined);
    expect(find('GET h/', ['x-p', ''])).to.equal('present');
    expect(find('GET h/', ['x-q', 'no'])).to.equal('absent');
    expect(find('GET h/?q', ['x-q', 'no'])).to.equal(undefined);
  });

  it('treats patterns that differ only in names as one path, each with its own names', async () => {
    const table = await build([
      ['get', match({ path: { type: 'Pattern', value: '/u/:id' }, methods: ['GET'] })],
      ['put', match({ path: { type: 'Pattern', value: '/u/:user' }, methods: ['PUT'] })],
    ]);
    expect(table.find(requestHead('GET h/u/1')))
      .to.include({ target: 'get' })
      .and.have.deep.property('params', { id: '1' });
    expect(table.find(requestHead('PUT h/u/1'))).to.have.deep.property('params', { user: '1' });
  });

  // A backtracking engine needs 2^5000 steps here and would run into mocha's limit.
  it('answers for a regular expression that makes backtracking engines explode', async () => {
    const table = await build([['evil', path('Regex', '/(a+)+b')]]);
    expect(table.find(requestHead(`GET h/${'a'.repeat(5000)}c`))).to.equal(undefined);
  });

  it('lets others run while it builds a large table', async () => {
    let rests = 0;
    const entries = Array.from({ length: 100 }, (_, i): Entry<number> => ({
      match: path('Pattern', `/s${i}/:x`),
      target: i,
    }));
    await HostTable.build(entries, { due: true, rest: async () => void rests++ });
    expect(rests).to.be.above(99);
  });
});
