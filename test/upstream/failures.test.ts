import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import { isFault, toLoomError } from '../../src/upstream/failures.ts';

const systemError = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

describe('what the system says of a connection', () => {
  for (const [code, sent, expected, blames] of [
    ['ECONNREFUSED', false, 'connect-failed', true],
    ['ECONNRESET', true, 'upstream-reset', true],
    ['EMFILE', false, 'out-of-descriptors', false],
    ['ENFILE', false, 'out-of-descriptors', false],
  ] as const) {
    it(`${code}${sent ? ' behind the request' : ''} is ${expected}, ${blames ? 'and' : 'but no'} fault of the upstream`, () => {
      const error = toLoomError(systemError(code), sent);
      expect([error.code, isFault(error)]).to.deep.equal([expected, blames]);
    });
  }

  it('is what Loom has said, where it has', () => {
    const error = new LoomError('connect-timeout');
    expect(toLoomError(error, true)).to.equal(error);
  });
});
