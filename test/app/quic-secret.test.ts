import { expect } from 'chai';
import { quicSecret } from '../../src/app/quic-secret.ts';

describe('The secret of QUIC', () => {
  const sticky = 'a secret of sixteen';

  it('is the same for the same host at each start, where a secret is given', () =>
    expect(quicSecret(sticky, 'pod-1').equals(quicSecret(sticky, 'pod-1'))).to.equal(true));

  for (const [title, one, other] of [
    ['of hosts with the same secret', quicSecret(sticky, 'pod-1'), quicSecret(sticky, 'pod-2')],
    ['of one host with two', quicSecret(sticky, 'pod-1'), quicSecret(`${sticky}!`, 'pod-1')],
    ['of two starts without one', quicSecret('', 'pod-1'), quicSecret('', 'pod-1')],
  ] as const)
    it(`differs: ${title}`, () => {
      expect(one.length).to.equal(32);
      expect(one.equals(other)).to.equal(false);
    });
});
