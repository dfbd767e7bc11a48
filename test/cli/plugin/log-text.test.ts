import { expect } from 'chai';
import { logText } from '../../../src/cli/plugin/log-text.ts';
import type { LogLine } from '../../../src/harness/log-lines.ts';

const line: LogLine = { level: 'info', message: 'm', plugin: 'p', said: undefined, fields: {} };

describe('logText', () => {
  const cases: readonly (readonly [string, Partial<LogLine>, string])[] = [
    ['what a plugin said', { said: 'hello', message: 'plugin says' }, 'info p: hello'],
    [
      'what the host says, with its fields',
      { fields: { n: 1, text: 'a b', list: [1] } },
      'info p: m n=1 text=a b list=[1]',
    ],
    ['what is of no plugin', { plugin: undefined }, 'info: m'],
    [
      'a stack below',
      { fields: { stack: ['a (function 1)', 'function 2'], n: 1 } },
      'info p: m n=1\n    a (function 1)\n    function 2',
    ],
    [
      'how to get names',
      { fields: { stack: ['function 2'] } },
      'info p: m\n    function 2\n    (loom plugin build --debug names them)',
    ],
  ];
  for (const [what, part, text] of cases) {
    it(`tells ${what}`, () => expect(logText({ ...line, ...part })).to.equal(text));
  }
});
