import { expect } from 'chai';
import { Translator } from '../../../src/sources/translate/translator.ts';
import { Objects } from '../../support/objects.ts';

const upstream = `
kind: LoomUpstream
metadata: { name: shop, namespace: a }
spec:
  endpoints:
    - { address: 10.0.0.1, port: 80 }
    - { address: 127.0.0.1, port: 80 }
    - { address: shop.example.com, port: 80 }
    - { address: "::ffff:169.254.169.254", port: 80 }
`;

describe('a LoomUpstream with endpoints on the machine itself', () => {
  const warningsWith = (foreignOnly: boolean): readonly string[] => {
    const objects = new Objects();
    objects.apply(upstream);
    const { verdicts } = new Translator({}, { foreignOnly }).translate(objects.set);
    return (verdicts.get('LoomUpstream:a/shop')?.warnings ?? []).map(
      ({ reason, message }) => `${reason} ${message}`,
    );
  };

  it('is warned of each where they get nothing', () => {
    const why = 'is an address of the machine itself, and nothing is sent there';
    expect(warningsWith(true)).to.deep.equal([
      `InnerAddress spec.endpoints[1].address: 127.0.0.1 ${why}`,
      `InnerAddress spec.endpoints[3].address: ::ffff:169.254.169.254 ${why}`,
    ]);
  });

  it('is like any other where they are not held back', () => expect(warningsWith(false)).to.deep.equal([]));
});
