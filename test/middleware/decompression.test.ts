import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { decompression } from '../../src/middleware/decompression.ts';
import { hold, HeldBody } from '../../src/middleware/side/held-body.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

const text = 'hello '.repeat(1000);
const all = { algorithms: ['Brotli', 'Zstd', 'Gzip'], maxBytes: 10_000 } as const;

const request = (encoding: string, body: Buffer): Exchange => {
  const { exchange } = exchangeOf('POST shop/', [
    'content-encoding',
    encoding,
    'content-length',
    String(body.length),
    'content-digest',
    'x',
    'x-a',
    '1',
  ]);
  exchange.requestBody = new HeldBody(body);
  return exchange;
};

async function bodyOf({ requestBody }: Exchange): Promise<string> {
  if (!requestBody) return 'none';
  try {
    return String((await hold(requestBody, 1 << 20))?.bytes);
  } catch (error) {
    return error instanceof LoomError ? error.code : String(error);
  }
}

describe('decompression', () => {
  const codings: readonly (readonly [string, Buffer])[] = [
    ['br', brotliCompressSync(text)],
    ['gzip', gzipSync(text)],
    ['X-GZIP', gzipSync(text)],
    ['zstd', zstdCompressSync(text)],
  ];
  for (const [encoding, body] of codings) {
    it(`gives a body of ${encoding} in clear, without what was true of its bytes`, async () => {
      const site = testSite();
      const exchange = request(encoding, body);
      expect(decompression.compile(all, site).request?.(exchange)).to.equal(undefined);
      expect(exchange.request.headers.flat).to.deep.equal(['x-a', '1']);
      expect(exchange.requestBody?.length).to.equal(undefined);
      expect(await bodyOf(exchange)).to.equal(text);
      expect(site.counted).to.deep.equal({ decompressed: 1, passed: 0 });
    });
  }

  it('leaves alone what is of another coding, or of several, and what was not asked for', async () => {
    const site = testSite();
    const stage = decompression.compile({ algorithms: ['Gzip'], maxBytes: 10_000 }, site);
    for (const encoding of ['deflate', 'gzip, br', 'br', 'identity']) {
      const exchange = request(encoding, Buffer.from('as it is'));
      void stage.request?.(exchange);
      expect(exchange.request.headers.get('content-encoding')).to.equal(encoding);
      expect(await bodyOf(exchange)).to.equal('as it is');
    }
    expect(site.counted).to.deep.equal({ decompressed: 0, passed: 4 });
  });

  it('leaves alone requests without a body, and those without a coding', () => {
    const site = testSite();
    const stage = decompression.compile(all, site);
    const { exchange: plain } = exchangeOf('POST shop/', ['content-length', '2']);
    plain.requestBody = new HeldBody(Buffer.from('hi'));
    const { exchange: empty } = exchangeOf('GET shop/', ['content-encoding', 'gzip']);
    for (const exchange of [plain, empty]) {
      const before = exchange.request.headers.flat.slice();
      void stage.request?.(exchange);
      expect(exchange.request.headers.flat).to.deep.equal(before);
    }
    expect(site.counted).to.deep.equal({ decompressed: 0, passed: 0 });
  });

  const bad: readonly (readonly [string, string, Buffer, string])[] = [
    ['is no gzip', 'gzip', Buffer.from('hello'), 'bad-request'],
    ['is no br', 'br', Buffer.from('hello hello'), 'bad-request'],
    ['is no zstd', 'zstd', Buffer.from('hello'), 'bad-request'],
    ['is cut', 'gzip', gzipSync(text).subarray(0, 20), 'bad-request'],
    ['is cut', 'br', brotliCompressSync(text).subarray(0, 8), 'bad-request'],
    ['is cut', 'zstd', zstdCompressSync(text).subarray(0, 12), 'bad-request'],
    ['becomes too large', 'gzip', gzipSync(Buffer.alloc(1 << 24)), 'body-too-large'],
    ['becomes too large', 'br', brotliCompressSync(Buffer.alloc(1 << 24)), 'body-too-large'],
    ['becomes too large', 'zstd', zstdCompressSync(Buffer.alloc(1 << 24)), 'body-too-large'],
  ];
  for (const [what, encoding, body, code] of bad) {
    it(`fails a body of ${encoding} that ${what} with ${code}`, async () => {
      const exchange = request(encoding, body);
      void decompression.compile(all, testSite()).request?.(exchange);
      expect(await bodyOf(exchange)).to.equal(code);
    });
  }
});
