import { expect } from 'chai';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { maxBodyBytes, probe } from '../../src/balance/health-probe.ts';
import { until } from '../support/cluster-wait.ts';
import { httpTarget, tcpTarget, type Target } from './servers.ts';

const answer =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, headers).end('body');
  };

const http: readonly (readonly [string, RequestListener, boolean, string])[] = [
  ['200', answer(200), true, 'status 200'],
  ['204 without a body', answer(204), true, 'status 204'],
  ['399', answer(399), true, 'status 399'],
  ['400', answer(400), false, 'status 400'],
  ['500', answer(500), false, 'status 500'],
  ['a redirect, which is not followed', answer(302, { location: 'http://127.0.0.1:1/' }), true, 'status 302'],
  [
    'a body that passes the bound',
    (_, response) => void response.end(Buffer.alloc(maxBodyBytes * 4)),
    true,
    'status 200',
  ],
  [
    'a body without end that passes the bound',
    (_, response) => void response.write(Buffer.alloc(maxBodyBytes * 2)),
    true,
    'status 200',
  ],
  ['no answer', () => {}, false, 'timeout'],
  ['a body that stops', (_, response) => void response.write('a'), false, 'timeout'],
];

const tcp: readonly (readonly [string, (socket: Socket) => void, RegExp])[] = [
  [
    'a reset',
    (socket) => void socket.once('data', () => socket.resetAndDestroy()),
    /^(ECONNRESET|UND_ERR_SOCKET)$/,
  ],
  ['an end without an answer', (socket) => void socket.once('data', () => socket.end()), /^UND_ERR_SOCKET$/],
  [
    'something else than HTTP',
    (socket) => void socket.once('data', () => socket.end('hello\r\n\r\n')),
    /^Response does not match the HTTP/,
  ],
];

describe('probe', () => {
  let target: Target;
  const run = (timeoutMs: number): ReturnType<typeof probe> =>
    probe(`http://127.0.0.1:${target.port}`, '/health?full=1', AbortSignal.timeout(timeoutMs));

  /** Every probe closes its connection, whatever became of it. */
  afterEach(async () => {
    await until('end of the connection', () => target.open === 0 || undefined);
    await target.stop();
  });

  for (const [sentence, listener, success, result] of http) {
    it(`finds ${success ? 'health' : 'failure'} in ${sentence}`, async () => {
      target = await httpTarget(listener);
      expect(await run(result === 'timeout' ? 100 : 10_000)).to.deep.equal({ success, result });
    });
  }

  for (const [sentence, onSocket, result] of tcp) {
    it(`finds failure in ${sentence}`, async () => {
      target = await tcpTarget(onSocket);
      const found = await run(10_000);
      expect(found.success).to.equal(false);
      expect(found.result).to.match(result);
    });
  }

  it('asks for the path, by GET, and says who asks', async () => {
    let seen = '';
    target = await httpTarget((request, response) => {
      seen = `${request.method} ${request.url} ${request.headers.host} ${request.headers['user-agent']}`;
      response.end();
    });
    await run(10_000);
    expect(seen).to.equal(`GET /health?full=1 127.0.0.1:${target.port} loom-health-check`);
  });
});
