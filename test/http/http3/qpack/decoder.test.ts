import { expect } from 'chai';
import { h3Codes, Http3ConnectionError } from '../../../../src/http/http3/codes.ts';
import { decodeSection } from '../../../../src/http/http3/qpack/decoder.ts';
import { encodeSection } from '../../../../src/http/http3/qpack/encoder.ts';
import { decodeHuffman } from '../../../../src/http/http3/qpack/huffman.ts';
import { staticTable } from '../../../../src/http/http3/qpack/static-table.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('QPACK (RFC 9204)', () => {
  it('reads the literal with a name of the static table of appendix B.1', () => {
    const section = hex('0000 510b 2f69 6e64 6578 2e68 746d 6c');
    expect(decodeSection(section, 1000)).to.deep.equal({ flat: [':path', '/index.html'], isTooLarge: false });
  });

  it('reads the strings of RFC 7541 appendix C.4 and C.6 in the code of Huffman', () => {
    for (const [code, text] of [
      ['f1e3 c2e5 f23a 6ba0 ab90 f4ff', 'www.example.com'],
      ['a8eb 1064 9cbf', 'no-cache'],
      ['25a8 49e9 5ba9 7d7f', 'custom-key'],
      ['d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
      [
        '94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
        'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
      ],
    ] as const)
      expect(decodeHuffman(hex(code))).to.equal(text);
  });

  it('refuses padding that is longer than seven bits or not of ones, and the end of string', () => {
    expect(decodeHuffman(hex('1f'))).to.equal('a');
    expect(decodeHuffman(hex('18'))).to.equal(undefined);
    expect(decodeHuffman(hex('1fff'))).to.equal(undefined);
    expect(decodeHuffman(hex('ffffffff'))).to.equal(undefined);
  });

  it('has the 99 fields of appendix A', () => {
    expect(staticTable.length).to.equal(99);
    expect(staticTable[0]).to.deep.equal([':authority', '']);
    expect(staticTable[17]).to.deep.equal([':method', 'GET']);
    expect(staticTable[98]).to.deep.equal(['x-frame-options', 'sameorigin']);
  });

  it('reads what it has written: fields of the table, names of the table, others, long and empty ones', () => {
    const flat = [
      ...staticTable.flat(),
      ':status',
      '299',
      'x-own',
      '',
      'x-long',
      'v'.repeat(70_000),
      'a'.repeat(300),
      'b',
      'x-latin',
      'caf\xe9',
    ];
    expect(decodeSection(encodeSection(flat), 1 << 20).flat).to.deep.equal(flat);
  });

  it('stops to read where there is more than may be', () => {
    const flat = Array.from({ length: 100 }, (_, i) => [`x-${i}`, 'v'.repeat(100)]).flat();
    const { flat: found, isTooLarge } = decodeSection(encodeSection(flat), 1000);
    expect(isTooLarge).to.equal(true);
    expect(found.length).to.be.lessThan(20);
  });

  for (const [title, bytes] of [
    ['the dynamic table by its insert count', '0200 d1'],
    ['an indexed field of the dynamic table', '0000 80'],
    ['a name of the dynamic table', '0000 4000'],
    ['a field behind the base', '0000 10'],
    ['an index beyond the table', '0000 ff24'],
    ['a string that ends within', '0000 510b 2f'],
    ['an integer that never ends', '0000 ffffffffffffffffffffff'],
    ['no prefix', ''],
    ['a code of Huffman that is none', '0000 5184 ffffffff'],
  ] as const) {
    it(`refuses ${title}`, () => {
      expect(() => decodeSection(hex(bytes), 1000))
        .to.throw(Http3ConnectionError)
        .with.property('code', h3Codes.qpackDecompressionFailed);
    });
  }
});
