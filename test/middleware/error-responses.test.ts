import { expect } from 'chai';
import type { LoomRouteSpecRuleErrorResponse } from '../../src/api/types.gen.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { errorResponses } from '../../src/middleware/error-responses.ts';
import type { Reply } from '../../src/middleware/middleware.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

type Entry = LoomRouteSpecRuleErrorResponse;
const body = (text: string, contentType = 'text/plain') => ({ contentType, text });
const entry = (part: Partial<Entry>): Entry => ({ from: 'Any', bodies: [body('own')], ...part });

function run(
  entries: readonly Entry[],
  given: { status: number; errorCode?: ErrorCode; headers?: string[]; request?: string[]; line?: string },
): Reply | undefined {
  const { exchange } = exchangeOf(given.line ?? 'GET shop/', given.request ?? []);
  exchange.errorCode = given.errorCode;
  exchange.response = { status: given.status, headers: new HeaderList(given.headers ?? []) };
  exchange.responseBody = Buffer.from('old');
  return errorResponses.compile(entries, testSite()).response?.(exchange) as Reply | undefined;
}

const textOf = (reply: Reply | undefined): string | undefined =>
  (reply?.body as Buffer | undefined)?.toString();

describe('errorResponses', () => {
  const cases: readonly (readonly [string, Partial<Entry>, number, ErrorCode | undefined, boolean])[] = [
    ['a status', { statuses: ['404'] }, 404, undefined, true],
    ['another status', { statuses: ['404'] }, 403, undefined, false],
    ['a family', { statuses: ['5xx'] }, 502, undefined, true],
    ['another family', { statuses: ['5xx'] }, 404, undefined, false],
    ['a code', { codes: ['breaker-open'] }, 503, 'breaker-open', true],
    ['another code', { codes: ['breaker-open'] }, 503, 'no-endpoint', false],
    ['a success', { statuses: ['5xx'] }, 200, undefined, false],
    [
      'a failure of the upstream, asked for those of Loom',
      { statuses: ['5xx'], from: 'Loom' },
      503,
      undefined,
      false,
    ],
    [
      'a failure of Loom, asked for those of Loom',
      { statuses: ['5xx'], from: 'Loom' },
      503,
      'no-endpoint',
      true,
    ],
    [
      'a failure of the upstream, asked for those',
      { statuses: ['5xx'], from: 'Upstream' },
      503,
      undefined,
      true,
    ],
    [
      'a failure of Loom, asked for those of the upstream',
      { statuses: ['5xx'], from: 'Upstream' },
      503,
      'no-endpoint',
      false,
    ],
  ];
  for (const [title, part, status, errorCode, replaced] of cases) {
    it(`${replaced ? 'replaces' : 'leaves'} ${title}`, () =>
      expect(textOf(run([entry(part)], { status, ...(errorCode && { errorCode }) }))).to.equal(
        replaced ? 'own' : undefined,
      ));
  }

  it('takes the first entry that fits', () => {
    const entries = [
      entry({ statuses: ['404'], bodies: [body('a')] }),
      entry({ statuses: ['4xx'], bodies: [body('b')] }),
    ];
    expect([404, 400].map((status) => textOf(run(entries, { status })))).to.deep.equal(['a', 'b']);
  });

  it('keeps what says how to go on, and drops what was of the old body', () => {
    const headers = [
      'content-type',
      'text/html',
      'content-length',
      '3',
      'content-encoding',
      'gzip',
      'etag',
      '"x"',
      'retry-after',
      '7',
    ];
    const reply = run([entry({ statuses: ['503'], status: 500 })], { status: 503, headers });
    expect(reply?.head.status).to.equal(500);
    expect(reply?.head.headers.flat).to.deep.equal([
      'retry-after',
      '7',
      'content-type',
      'text/plain',
      'content-length',
      '3',
    ]);
  });

  it('gives the client the type that it likes best, and says that it depends on that', () => {
    const entries = [
      entry({
        statuses: ['4xx'],
        bodies: [body('{}', 'application/json'), body('<p>', 'text/html; charset=utf-8')],
      }),
    ];
    const reply = run(entries, { status: 404, request: ['accept', 'text/html'] });
    expect(textOf(reply)).to.equal('<p>');
    expect(reply?.head.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    expect(reply?.head.headers.get('vary')).to.equal('accept');
    expect(textOf(run(entries, { status: 404 }))).to.equal('{}');
  });

  for (const [type, text] of [
    ['text/html', '&#60;b&#62;&#34;&#38;'],
    ['application/problem+json', '<b>\\"&'],
    ['text/plain', '<b>"&'],
  ] as const) {
    it(`fills in values as ${type} needs them`, () => {
      const entries = [entry({ statuses: ['4xx'], bodies: [body('${header.x}', type)] })];
      expect(textOf(run(entries, { status: 400, request: ['x', '<b>"&'] }))).to.equal(text);
    });
  }

  it('leaves calls of gRPC alone, whose errors are no bodies', () =>
    expect(
      run([entry({ statuses: ['5xx'] })], { status: 503, request: ['content-type', 'application/grpc'] }),
    ).to.equal(undefined));
});
