import { expect } from 'chai';
import { redactJson, redactLog, redactText } from '../../src/telemetry/redact.ts';

describe('redactText', () => {
  for (const [what, text] of [
    ['a private key', 'cannot read -----BEGIN PRIVATE KEY-----\nS3CR3T\n-----END PRIVATE KEY-----'],
    ['a key that was cut off', '-----BEGIN RSA PRIVATE KEY-----\nS3CR3T'],
    ['a token', 'bad token eyJhbGciOiJIUzI1NiJ9.S3CR3T.sig-S3CR3T'],
    ['credentials of a request', 'Authorization: Bearer S3CR3T'],
    ['credentials of a URL', 'GET https://ann:S3CR3T@registry.test/x'],
    ['the query of a URL', 'GET https://files.test/x.wasm?sig=S3CR3T failed'],
    ['a named password', 'redis password=S3CR3T, db 1'],
    ['a named key', '{"x-api-key": "S3CR3T"}'],
    ['what is quoted', 'must be a duration, not "S3CR3T and \\" more"'],
  ] as const) {
    it(`takes out ${what}`, () =>
      expect(redactText(text)).to.include('(redacted)').and.not.include('S3CR3T'));
  }

  it('leaves what is no secret', () => {
    const text =
      'connect ECONNREFUSED 10.0.0.7:8080; there is no Service shop/web, at https://api.test:6443/x';
    expect(redactText(text)).to.equal(text);
  });
});

describe('redactJson', () => {
  it('keeps texts under known names only, and all numbers, switches and shapes', () => {
    const given = {
      route: 'shop/web',
      matches: [
        { path: { type: 'Prefix', value: '/cart' }, headers: [{ name: 'x-a', type: 'Exact', value: 'S' }] },
      ],
      middleware: {
        requestHeaders: { set: [{ name: 'authorization', value: 'S' }] },
        novelty: { text: 'S', n: 1, is: true },
      },
      config: 'S',
      env: [{ name: 'KEY', value: 'S' }],
      nothing: null,
    };
    expect(redactJson(given)).to.deep.equal({
      route: 'shop/web',
      matches: [
        {
          path: { type: 'Prefix', value: '/cart' },
          headers: [{ name: 'x-a', type: 'Exact', value: '(redacted)' }],
        },
      ],
      middleware: {
        requestHeaders: { set: [{ name: 'authorization', value: '(redacted)' }] },
        novelty: { text: '(redacted)', n: 1, is: true },
      },
      config: '(redacted)',
      env: [{ name: 'KEY', value: '(redacted)' }],
      nothing: null,
    });
  });
});

describe('redactLog', () => {
  it('keeps the fields of lines that are known, and nothing of lines that are no JSON', () => {
    const lines =
      '{"level":"info","msg":"plugin says","plugin":"p","text":"S3CR3T"}\nS3CR3T\n\n{"path":"/x","n":1}\n';
    expect(redactLog(lines).split('\n')).to.deep.equal([
      '{"level":"info","msg":"plugin says","plugin":"p","text":"(redacted)"}',
      '(redacted)',
      '{"path":"/x","n":1}',
    ]);
  });
});
