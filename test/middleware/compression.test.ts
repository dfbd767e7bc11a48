import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect } from 'chai';
import type { BodySource } from '../../src/http/body.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { compression } from '../../src/middleware/compression.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

const settings = {
  algorithms: ['Brotli', 'Zstd', 'Gzip'] as const,
  minBytes: 100,
  contentTypes: ['text/*', 'application/json'],
};
const text = Buffer.from('the same again and again, '.repeat(40));
const decoders = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync } as const;

interface Given {
  readonly line?: string;
  readonly request?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly response?: Readonly<Record<string, string>>;
  readonly body?: Buffer | BodySource | undefined;
}

function run(given: Given): {
  exchange: Exchange;
  fields: HeaderList;
  counted: Readonly<Record<string, number>>;
} {
  const { line = 'GET shop/', request, status = 200, response } = given;
  const body = 'body' in given ? given.body : text;
  const { exchange } = exchangeOf(line, Object.entries({ 'accept-encoding': 'gzip, br', ...request }).flat());
  const fields = new HeaderList(
    Object.entries({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '1040',
      ...response,
    }).flat(),
  );
  exchange.response = { status, headers: fields };
  exchange.responseBody = body;
  const site = testSite();
  void compression.compile(settings, site).response?.(exchange);
  return { exchange, fields, counted: site.counted };
}

/** A stream of unknown length: never started. */
const stream: BodySource = { length: undefined, start() {}, resume() {}, cancel() {} };

describe('compression', () => {
  for (const [accept, coding] of [
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['zstd', 'zstd'],
  ] as const) {
    it(`makes ${coding} of a small body, with a head that is true`, () => {
      const { exchange, fields, counted } = run({ request: { 'accept-encoding': accept } });
      const body = exchange.responseBody as Buffer;
      expect(decoders[coding](body).equals(text)).to.equal(true);
      expect(fields.get('content-encoding')).to.equal(coding);
      expect(fields.get('content-length')).to.equal(String(body.length));
      expect(fields.get('vary')).to.equal('accept-encoding');
      expect(counted).to.deep.equal({ compressed: 1, passed: 0 });
    });
  }

  it('says of a HEAD what it would say of a GET, but for the length that it cannot know', () => {
    for (const response of [{}, { 'content-length': '1040' }]) {
      const { exchange, fields, counted } = run({
        line: 'HEAD shop/',
        body: undefined,
        response: { ...response, etag: '"a"', 'accept-ranges': 'bytes' },
      });
      expect(exchange.responseBody).to.equal(undefined);
      expect(
        Object.fromEntries(fields.flat.flatMap((n, i) => (i % 2 ? [] : [[n, fields.flat[i + 1]]]))),
      ).to.deep.equal({
        'content-type': 'text/plain; charset=utf-8',
        etag: 'W/"a"',
        vary: 'accept-encoding',
        'content-encoding': 'br',
      });
      expect(counted).to.include({ compressed: 1 });
    }
  });

  const untouched: readonly (readonly [string, Given, boolean])[] = [
    ['what the client does not accept', { request: { 'accept-encoding': 'identity' } }, true],
    ['what is small', { body: text.subarray(0, 99) }, true],
    ['what has no body', { body: undefined }, true],
    [
      'HEAD of what is small',
      { line: 'HEAD shop/', body: undefined, response: { 'content-length': '99' } },
      true,
    ],
    ['a part', { status: 206 }, true],
    ['a part by its range', { response: { 'content-range': 'bytes 0-9/10' } }, true],
    ['what has not changed', { status: 304 }, true],
    ['what is compressed', { response: { 'content-encoding': 'gzip' } }, false],
    ['what is not to be transformed', { response: { 'cache-control': 'public, No-Transform' } }, false],
    ['what the client wants as it is', { request: { 'cache-control': 'no-transform' } }, false],
    ['a type that is compressed', { response: { 'content-type': 'image/png' } }, false],
    ['a type that is like one', { response: { 'content-type': 'textual/plain' } }, false],
  ];
  for (const [title, given, varies] of untouched) {
    it(`leaves ${title} alone`, () => {
      const { exchange, fields } = run(given);
      expect(exchange.responseBody).to.equal('body' in given ? given.body : text);
      expect(fields.get('content-encoding')).to.equal(given.response?.['content-encoding']);
      expect(fields.get('vary')).to.equal(varies ? 'accept-encoding' : undefined);
    });
  }

  it('compresses a stream whose length nobody knows, and says no length', () => {
    const { exchange, fields } = run({ body: stream });
    expect(exchange.responseBody).not.to.equal(stream);
    expect(exchange.responseBody?.length).to.equal(undefined);
    expect([fields.has('content-length'), fields.get('content-encoding')]).to.deep.equal([false, 'br']);
  });

  it('says nothing any more that is true of other bytes only', () => {
    const { fields } = run({
      response: { etag: '"v1"', 'accept-ranges': 'bytes', 'content-digest': 'sha-256=:x:', vary: 'Accept' },
    });
    expect([
      fields.get('etag'),
      fields.has('accept-ranges'),
      fields.has('content-digest'),
      fields.get('vary'),
    ]).to.deep.equal(['W/"v1"', false, false, 'Accept, accept-encoding']);
    expect(run({ response: { etag: 'W/"v1"' } }).fields.get('etag')).to.equal('W/"v1"');
  });
});
