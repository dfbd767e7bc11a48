import { expect } from 'chai';
import { demangle } from '../../../src/wasm/vm/demangle.ts';

describe('demangle', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['_ZN4core9panicking5panic17h0123456789abcdefE', 'core::panicking::panic'],
    ['__ZN4shop5check17h0123456789abcdefE', 'shop::check'],
    [
      '_ZN60_$LT$shop..Filter$u20$as$u20$proxy_wasm..traits..Context$GT$7on_done17h0123456789abcdefE',
      '<shop::Filter as proxy_wasm::traits::Context>::on_done',
    ],
    ['_ZN4shop5check28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE', 'shop::check::{{closure}}'],
    ['_ZN7Context16onRequestHeadersEjb', 'Context::onRequestHeaders'],
    ['_ZNK7Context4nameEv', 'Context::name'],
    ['_Z3fooi', 'foo'],
    ['main.__filter_.check', 'main.(*filter).check'],
    ['main.(*httpContext).OnHttpRequestHeaders', 'main.(*httpContext).OnHttpRequestHeaders'],
    ['assembly/index/HelloPlugin#onRequestHeaders', 'assembly/index/HelloPlugin#onRequestHeaders'],
    ['_RNvCs1234_4shop5check', '_RNvCs1234_4shop5check'],
    ['_ZN99shortE', '_ZN99shortE'],
    ['_ZN', '_ZN'],
    ['_Z', '_Z'],
    ['_ZdlPv', '_ZdlPv'],
    ['_ZN7a$u0a$bE', 'a$u0a$b'],
    ['', ''],
  ];
  for (const [name, readable] of cases) {
    it(`reads ${name || 'nothing'} as ${readable || 'nothing'}`, () =>
      expect(demangle(name)).to.equal(readable));
  }
});
