import { once } from 'node:events';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps, request as httpsRequest } from 'node:https';
import { request as httpRequest } from 'node:http';
import {
  connect,
  createSecureServer,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { makeTlsPair } from '../support/tls-pair.ts';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

interface Question {
  readonly method: string;
  readonly path: string;
  readonly host?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
  readonly trailers: Record<string, unknown>;
}

type Ask = (port: number, question: Question) => Promise<Answer>;

const pair = makeTlsPair();
const trusted = { ca: pair.cert, servername: 'localhost' };

const overHttp1 =
  (make: typeof httpRequest): Ask =>
  async (port, { method, path, host = 'localhost', headers, body }) => {
    const fields = { ...headers, host };
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: fields,
      ...trusted,
      agent: false as const,
    };
    const request = make(options);
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const received = await text(response);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: received,
      trailers: response.trailers,
    };
  };

const overHttp2 =
  (scheme: 'http' | 'https'): Ask =>
  async (port, { method, path, host = 'localhost', headers, body }) => {
    const session = connect(`${scheme}://127.0.0.1:${port}`, trusted);
    try {
      const pseudo = { ':method': method, ':path': path, ':authority': host };
      const stream = session.request({ ...pseudo, ...headers }, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      let trailers: Record<string, unknown> = {};
      stream.on('trailers', (fields: object) => (trailers = { ...fields }));
      const [fields] = (await once(stream, 'response')) as [Record<string, unknown>];
      return { status: Number(fields[':status']), headers: fields, body: await text(stream), trailers };
    } finally {
      session.destroy();
    }
  };

/** How a client may come. */
const downstream: Readonly<Record<string, { readonly tls: boolean; readonly ask: Ask }>> = {
  'HTTP/1.1': { tls: false, ask: overHttp1(httpRequest) },
  'HTTP/1.1 over TLS': { tls: true, ask: overHttp1(httpsRequest) },
  h2c: { tls: false, ask: overHttp2('http') },
  'HTTP/2 over TLS': { tls: true, ask: overHttp2('https') },
};

type Handle = (request: IncomingMessage, response: ServerResponse) => void;
type Handle2 = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** What an endpoint may speak, by `protocol`. */
const upstream: Readonly<Record<string, (handle: Handle) => Server>> = {
  http: (handle) => createHttp1(handle),
  https: (handle) => createHttps(pair, handle),
  h2c: (handle) => createServer(handle as unknown as Handle2),
  h2: (handle) => createSecureServer(pair, handle as unknown as Handle2),
};

/** Says back what it was asked, on every wire alike. */
function echo(request: IncomingMessage, response: ServerResponse): void {
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
const questions: readonly {
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

for (const [protocol, serve] of Object.entries(upstream)) {
  describe(`every wire to an upstream of ${protocol}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'loom-wires-'));
    const ports = { clear: 0, secure: 0 };
    let server: Server;
    let world: World;
    before(async () => {
      server = serve(echo).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      writeFileSync(cert, pair.cert);
      writeFileSync(key, pair.key);
      ports.clear = await freePort();
      ports.secure = await freePort();
      const tls = protocol === 'https' || protocol === 'h2' ? ', tls: { ca_secret_ref: ca }' : '';
      world = await startWorld(`
listeners:
  - { name: clear, address: '127.0.0.1:${ports.clear}', protocol: http }
  - { name: secure, address: '127.0.0.1:${ports.secure}', protocol: https }
certificates: [{ name: own, cert: ${cert}, key: ${key} }]
authorities: [{ name: ca, ca: ${cert} }]
upstreams: [{ name: echo, endpoints: ['127.0.0.1:${port}'], protocol: ${protocol}${tls} }]
routes: [{ id: all, hosts: [localhost], tls: own, path: '/*', upstream: echo }]
`);
    });
    after(async () => {
      await world.stop('SIGKILL');
      server.close();
      rmSync(folder, { recursive: true });
    });

    for (const [wire, { tls, ask }] of Object.entries(downstream)) {
      for (const { title, ask: question, check } of questions) {
        it(`carries ${title} from ${wire}`, async () => {
          check(await ask(tls ? ports.secure : ports.clear, question));
        });
      }
    }
  });
}
