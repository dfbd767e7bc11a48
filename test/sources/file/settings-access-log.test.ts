import { expect } from 'chai';
import { defaultSettings, readSettings } from '../../../src/sources/file/settings.ts';

describe('settings of the access log', () => {
  it('are on and off in one word', () => {
    const of = (told: unknown): unknown => {
      const result = readSettings({ access_log: told });
      return 'settings' in result ? result.settings.accessLog : result.problems;
    };
    expect(of(false)).to.equal(false);
    expect(of({ enabled: false, output: 'stderr' })).to.equal(false);
    expect(of(true)).to.deep.equal(defaultSettings().accessLog);
    expect(of({ output: 'a.log', format: 'common', sampling: { '2xx': 0.5 } })).to.deep.include({
      output: `${process.cwd()}/a.log`,
      sampling: { 2: 0.5, 3: 100, 4: 100 },
    });
  });

  const wrong: readonly (readonly [string, unknown, string, string])[] = [
    ['a word', 'yes', '', 'must be true or false, or a map of fields'],
    [
      'a format without variables',
      { format: 'short' },
      '/format',
      'must be json, common or combined, or a text with variables such as ${status}',
    ],
    [
      'a variable that there is not',
      { format: '${remote_addr}' },
      '/format',
      'there is no variable ${remote_addr}; write $${ for a literal ${',
    ],
    [
      'a header without a name',
      { format: '${response.header.}' },
      '/format',
      'there is no variable ${response.header}; write $${ for a literal ${',
    ],
    ['two lines', { format: '${status}\n${path}' }, '/format', 'must be one line'],
    ['fields of a text', { format: 'common', fields: ['status'] }, '/fields', 'is for format json only'],
    [
      'a header of a text',
      { format: 'common', request_headers: ['a'] },
      '/request_headers',
      'is for format json only',
    ],
    ['a field twice', { fields: ['status', 'status'] }, '/fields/1', 'duplicate status'],
    ['more than all', { sampling: { '4xx': 101 } }, '/sampling/4xx', 'must be at most 100'],
    ['a sample of failures', { sampling: { '5xx': 1 } }, '/sampling/5xx', 'unknown field'],
    ['no room at all', { buffer_kib: 1 }, '/buffer_kib', 'must be at least 16'],
    ['an empty output', { output: '' }, '/output', 'must not be empty'],
  ];
  for (const [name, value, path, message] of wrong) {
    it(`refuse ${name}`, () => {
      const result = readSettings({ access_log: value });
      expect('problems' in result && result.problems).to.deep.equal([
        { path: `/access_log${path}`, message },
      ]);
    });
  }
});
