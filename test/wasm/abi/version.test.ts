import { expect } from 'chai';
import { abiVersionOf } from '../../../src/wasm/abi/version.ts';

describe('ABI version', () => {
  const cases = { '0_1_0': '0.1.0', '0_2_0': '0.2.0', '0_2_1': '0.2.1', '0_2_100': '0.2.100' };
  for (const [marker, version] of Object.entries(cases)) {
    it(`knows ${version} by its marker`, () => {
      expect(abiVersionOf(['memory', `proxy_abi_version_${marker}`])).to.equal(version);
    });
  }

  it('takes the newest of several', () => {
    expect(abiVersionOf(['proxy_abi_version_0_2_1', 'proxy_abi_version_0_1_0'])).to.equal('0.2.1');
  });

  it('names a marker that it does not know', () => {
    expect(() => abiVersionOf(['proxy_abi_version_0_3_0'])).to.throw(
      /has the ABI marker proxy_abi_version_0_3_0, Loom knows/,
    );
  });

  it('says so when there is none', () => {
    expect(() => abiVersionOf(['_start'])).to.throw(/not a Proxy-Wasm module: it exports no ABI marker/);
  });
});
