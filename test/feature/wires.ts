import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import {
  createSecureServer,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { makeTlsPair } from '../support/tls-pair.ts';

/** What is asked of every wire, and what must come back: the same on all of them. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly host?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
  readonly trailers: Record<string, unknown>;
}

/** Of the endpoints, and of Loom. */
export const pair = makeTlsPair();

type Handle = (request: IncomingMessage, response: ServerResponse) => void;
type Handle2 = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** What an endpoint may speak, by `protocol`. */
export const upstream: Readonly<Record<string, (handle: Handle) => Server>> = {
  http: (handle) => createHttp1(handle),
  https: (handle) => createHttps(pair, handle),
  h2c: (handle) => createServer(handle as unknown as Handle2),
  h2: (handle) => createSecureServer(pair, handle as unknown as Handle2),
};

/** Says back what it was asked, on every wire alike. */
export function echo(request: IncomingMessage, response: ServerResponse): void {
  void text(request).then((body) => {
    const { method, url, headers } = request;
    const status = url === '/missing' ? 404 : 200;
    response.writeHead(status, { 'x-custom': String(headers['x-custom']), 'set-cookie': ['a=1', 'b=2'] });
    if (method === 'HEAD') return response.end();
    response.write(`${method} ${url} ${String(headers[':authority'] ?? headers.host)} `);
    response.addTrailers({ 'x-sum': String(body.length) });
    return response.end(body);
  });
}

const big = 'x'.repeat(3 << 20);

/** Each is asked on every pair of wires, and has the same answer on all. */
export const questions: readonly {
  readonly title: string;
  readonly ask: Question;
  readonly check: (answer: Answer) => void;
}[] = [
  {
    title: 'a GET with a query',
    ask: { method: 'GET', path: '/a/../b?q=1', headers: { 'x-custom': 'yes' } },
    check: ({ status, headers, body }) => {
      expect([status, body]).to.deep.equal([200, 'GET /b?q=1 localhost ']);
      expect(headers).to.deep.include({ 'x-custom': 'yes', 'set-cookie': ['a=1', 'b=2'] });
    },
  },
  {
    title: 'a POST of 3 MiB',
    ask: { method: 'POST', path: '/', body: big },
    check: ({ body }) => expect(body === `POST / localhost ${big}`).to.equal(true),
  },
  {
    title: 'trailers',
    ask: { method: 'PUT', path: '/', body: 'four' },
    check: ({ body, trailers }) => {
      expect(body).to.equal('PUT / localhost four');
      expect(trailers['x-sum']).to.equal('4');
    },
  },
  {
    title: 'HEAD',
    ask: { method: 'HEAD', path: '/' },
    check: ({ status, body }) => expect([status, body]).to.deep.equal([200, '']),
  },
  {
    title: 'an error of the upstream',
    ask: { method: 'GET', path: '/missing' },
    check: ({ status }) => expect(status).to.equal(404),
  },
  {
    title: 'an answer of Loom',
    ask: { method: 'GET', path: '/nowhere/at/all', host: 'other' },
    check: ({ status, headers }) =>
      expect([status, headers['x-request-id'] !== undefined]).to.deep.equal([404, true]),
  },
];
