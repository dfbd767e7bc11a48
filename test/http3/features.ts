import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { expect } from 'chai';
import type { Answer } from '../feature/wires.ts';
import type { Echo } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { large } from './feature-site.ts';
import type { Question } from './foreign-client.ts';

/** A client, and what there is behind Loom. */
export interface Asked {
  readonly ask: (path: string, question?: Question) => Promise<Answer>;
  /** What a backend says back. */
  readonly echo: (path: string, question?: Question) => Promise<Echo>;
  /** Of the issuer that is believed. */
  readonly token: () => Promise<string>;
  /** Requests of this client. */
  readonly seenBy: (backend: 'one' | 'shadow' | 'auth') => readonly IncomingMessage[];
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const post = (body: string): Question => ({ method: 'POST', body });
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const failureOf = (work: Promise<unknown>): Promise<string> =>
  work.then((answer) => `answered: ${JSON.stringify(answer)}`, String);

/** Each asked of every client; routes are those of feature-site.ts. */
export const features: Readonly<Record<string, (asked: Asked) => Promise<void>>> = {
  'direct responses, redirects and errors with their codes': async ({ ask }) => {
    expect((await ask('/direct')).body).to.equal('pong');
    const moved = await ask('/old');
    expect([moved.status, moved.headers['location']]).to.deep.equal([301, 'https://localhost/new']);
    for (const [path, status, code] of [
      ['/none', 404, 'no-route'],
      ['/missing', 500, 'backend-missing'],
      ['/closed', 502, 'connect-failed'],
    ] as const) {
      const answer = await ask(path);
      expect([answer.status, answer.body.split(':')[0]]).to.deep.equal([status, code]);
    }
  },

  'paths that are rewritten, and header fields of both directions': async ({ ask }) => {
    const answer = await ask('/users/42', { headers: { 'x-secret': '1', cookie: 'a=1; b=2' } });
    const { url, headers } = JSON.parse(answer.body) as Echo;
    expect([url, answer.headers['x-served-by']]).to.deep.equal(['/people/42', 'loom']);
    expect(headers).to.include({ 'x-id': '42', cookie: 'a=1; b=2', 'x-forwarded-proto': 'https' });
    expect(headers).to.not.have.any.keys('x-secret', 'connection-id', ':path');
  },

  'retries, with the body': async ({ echo, seenBy }) => {
    const answer = await echo('/again/flaky', post('hello'));
    expect([answer.body, answer.backend]).to.deep.equal(['hello', 'one']);
    expect(seenBy('one').filter(({ url }) => url === '/again/flaky')).to.have.length(3);
  },

  'time limits, of a try and of a request': async ({ ask, echo }) => {
    expect((await echo('/slow/stuck')).backend).to.equal('one');
    const answer = await ask('/hang/silent');
    expect([answer.status, answer.body.split(':')[0]]).to.deep.equal([504, 'exchange-timeout']);
  },

  'rate limits, with the fields that tell of them': async ({ ask }) => {
    for (const status of [200, 200, 429]) expect((await ask('/limited')).status).to.equal(status);
    const { headers, body } = await ask('/limited');
    expect(body).to.include('rate-limited');
    expect(headers['ratelimit-policy']).to.equal('"default";q=2;w=3600');
    expect(Number(headers['retry-after'])).to.be.within(1, 1800);
  },

  'CORS: what browsers ask before, and the request': async ({ ask }) => {
    const origin = 'https://shop.example.com';
    const asking = { origin, 'access-control-request-method': 'PUT' };
    for (const [method, status, headers] of [
      ['OPTIONS', 204, asking],
      ['PUT', 200, { origin }],
    ] as const) {
      const answer = await ask('/script', { method, headers, ...(method === 'PUT' && { body: 'x' }) });
      expect([answer.status, answer.headers['access-control-allow-origin']]).to.deep.equal([status, origin]);
    }
  },

  'compression in each coding': async ({ ask }) => {
    for (const [coding, decode] of [
      ['gzip', gunzipSync],
      ['br', brotliDecompressSync],
      ['zstd', zstdDecompressSync],
    ] as const) {
      const { headers, body } = await ask('/packed/large', { headers: { 'accept-encoding': coding } });
      expect([headers['content-encoding'], headers['etag']]).to.deep.equal([coding, 'W/"one"']);
      expect(decode(bytes(body)).toString() === large).to.equal(true);
    }
    expect((await ask('/packed/large')).body === large).to.equal(true);
  },

  'decompression, and its limit': async ({ ask, echo }) => {
    const packed = (body: Buffer): Question => ({
      ...post(gzipSync(body).toString('latin1')),
      headers: { 'content-encoding': 'gzip' },
    });
    const { body, headers } = await echo('/unpacked', packed(Buffer.from('hello')));
    expect([body, headers['content-encoding']]).to.deep.equal(['hello', undefined]);
    expect((await ask('/unpacked', packed(Buffer.alloc(200_000)))).status).to.equal(413);
  },

  'limits of bodies': async ({ ask, echo }) => {
    expect((await echo('/small', post('x'.repeat(1000)))).body).to.have.length(1000);
    expect((await ask('/small', post('x'.repeat(1001)))).status).to.equal(413);
  },

  'mirrors, with the body': async ({ echo, seenBy }) => {
    expect((await echo('/mirrored', post('hello'))).body).to.equal('hello');
    const [copy] = await eventually(
      'the mirror has it',
      () => seenBy('shadow').length > 0 && seenBy('shadow'),
    );
    expect([copy?.method, copy?.headers['content-length']]).to.deep.equal(['POST', '5']);
  },

  'sticky sessions, and a hash of the address': async ({ ask, echo }) => {
    const first = await ask('/sticky');
    const [field = ''] = first.headers['set-cookie'] as readonly string[];
    const { backend } = JSON.parse(first.body) as Echo;
    const cookie = field.split(';')[0] as string;
    expect(cookie).to.match(/^sid=/);
    const { backend: hashed } = await echo('/hashed');
    for (let i = 0; i < 5; i++) {
      expect((await echo('/sticky', { headers: { cookie } })).backend).to.equal(backend);
      expect((await echo('/hashed')).backend).to.equal(hashed);
    }
  },

  'addresses that may, and those that may not': async ({ ask }) => {
    expect((await ask('/inside')).status).to.equal(403);
    const headers = { 'x-forwarded-for': '192.0.2.7' };
    expect((await ask('/inside', { headers })).status).to.equal(200);
  },

  'passwords, tokens, and the word of a service': async ({ ask, echo, token, seenBy }) => {
    const without = await ask('/guarded');
    expect([without.status, without.headers['www-authenticate']]).to.deep.equal([
      401,
      'Basic realm="the staff", charset="UTF-8"',
    ]);
    const ann = await echo('/guarded', { headers: { authorization: basic('ann:secret') } });
    expect(ann.headers['x-user']).to.equal('ann');
    expect((await ask('/token')).status).to.equal(401);
    const headers = { authorization: `Bearer ${await token()}` };
    expect((await ask('/token', { headers })).status).to.equal(200);
    expect((await ask('/asked/a')).status).to.equal(403);
    expect((await echo('/asked/a', { headers: { 'x-key': '1' } })).headers['x-user']).to.equal('ann');
    expect(seenBy('auth').at(-1)?.headers['x-forwarded-proto']).to.equal('https');
  },

  'faults, and error pages': async ({ ask }) => {
    const { status, headers, body } = await ask('/failing/7');
    expect([status, headers['content-type'], body]).to.deep.equal([502, 'application/json', '{"id":"7"}']);
  },

  'plugins that read and write bodies and trailers': async ({ ask }) => {
    const replaced = await ask('/plugin/replace/a', post('something'));
    expect(replaced.body.slice(0, 2)).to.equal('P-');
    expect((JSON.parse(replaced.body.slice(2)) as Echo).body).to.equal('changed');
    expect(replaced.headers['content-length']).to.equal(String(replaced.body.length));
    const { body } = await ask('/plugin/pieces/a', post('abc'));
    expect(body).to.match(/"body":"abc\++".*\}-+$/);
    const refused = await ask('/plugin/refuse/a', post('attack'));
    expect([refused.status, refused.body]).to.deep.equal([418, 'made here']);
    const sums = await ask('/plugin/sums/sums', post('hello'));
    expect(sums.trailers).to.deep.equal({ 'x-sum': '5', 'x-made': 'trailer' });
  },

  'plugins that answer or fail within a response': async ({ ask }) => {
    expect((await ask('/plugin/late/a')).status).to.equal(418);
    expect((await ask('/plugin/trap/a')).status).to.equal(503);
    for (const name of ['late', 'close'])
      expect(await failureOf(ask(`/plugin/${name}/stream`))).to.match(/reset 0x102|INTERNAL_ERROR/);
  },
};
