import { expect } from 'chai';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { HealthCheck, Upstream } from '../../../src/model/upstream.ts';
import { maxBodyBytes } from '../../../src/upstream/probes/expected.ts';
import { probe } from '../../../src/upstream/probes/probe.ts';
import { httpTarget, tcpTarget, type Target } from '../../balance/servers.ts';
import { upstream } from '../../balance/world.ts';
import { until } from '../../support/cluster-wait.ts';
import { makeTlsPair } from '../../support/tls-pair.ts';
import { healthServer, type HealthServer } from './servers.ts';

const timing = { intervalMs: 1000, timeoutMs: 1000, healthyThreshold: 1, unhealthyThreshold: 1 };

/** Runs one probe of an upstream with that check against a port. */
function run(
  port: number,
  timeoutMs: number,
  check: Partial<HealthCheck> = { path: '/health?full=1' },
  more: Partial<Upstream> = {},
): ReturnType<typeof probe> {
  const endpoint = { address: '127.0.0.1', port, authority: `127.0.0.1:${port}` };
  const healthCheck = { ...timing, ...check };
  return probe(upstream('Random', { healthCheck, ...more }), endpoint, AbortSignal.timeout(timeoutMs));
}

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

describe('a probe over HTTP/1.1', () => {
  let target: Target;
  /** Every probe closes its connection, whatever became of it. */
  afterEach(async () => {
    await until('end of the connection', () => target.open === 0 || undefined);
    await target.stop();
  });

  for (const [sentence, listener, success, result] of http) {
    it(`finds ${success ? 'health' : 'failure'} in ${sentence}`, async () => {
      target = await httpTarget(listener);
      expect(await run(target.port, result === 'timeout' ? 100 : 10_000)).to.deep.equal({ success, result });
    });
  }

  for (const [sentence, onSocket, result] of tcp) {
    it(`finds failure in ${sentence}`, async () => {
      target = await tcpTarget(onSocket);
      const found = await run(target.port, 10_000);
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
    await run(target.port, 10_000);
    expect(seen).to.equal(`GET /health?full=1 127.0.0.1:${target.port} loom-health-check`);
  });

  it('asks for the host and with the fields that are wanted, at a port of its own', async () => {
    let seen = '';
    target = await httpTarget(({ headers }, response) => {
      seen = [headers.host, headers['x-probe'], headers['user-agent']].join(' ');
      response.end();
    });
    const headers = [
      { name: 'X-Probe', value: 'yes' },
      { name: 'User-Agent', value: 'mine' },
    ];
    const check = { path: '/', port: target.port, host: 'app.example', headers };
    expect(await run(1, 10_000, check)).to.deep.equal({ success: true, result: 'status 200' });
    expect(seen).to.equal('app.example yes mine');
  });

  for (const [sentence, check, success, result] of [
    ['a status that is expected', { expectedStatuses: [{ from: 503, to: 503 }] }, true, 'status 503'],
    [
      'a status that is not',
      {
        expectedStatuses: [
          { from: 200, to: 204 },
          { from: 404, to: 404 },
        ],
      },
      false,
      'status 503',
    ],
    [
      'a body that is expected',
      { expectedStatuses: [{ from: 500, to: 599 }], expectedBody: 'od' },
      true,
      'status 503',
    ],
    [
      'a body that is not',
      { expectedStatuses: [{ from: 500, to: 599 }], expectedBody: 'OK' },
      false,
      'status 503, unexpected body',
    ],
  ] as const) {
    it(`finds ${success ? 'health' : 'failure'} in ${sentence}`, async () => {
      target = await httpTarget(answer(503));
      expect(await run(target.port, 10_000, { path: '/', ...check })).to.deep.equal({ success, result });
    });
  }

  it('ends in time when there is not even a connection, and whenever the time is over', async () => {
    target = await httpTarget(() => {});
    // From before the connection is begun to long after it was made.
    for (const ms of [0, 0, 1, 1, 2, 2, 3, 5, 8, 13, 21]) {
      expect(await run(target.port, ms)).to.deep.equal({ success: false, result: 'timeout' });
    }
  });

  it('finds health in a port that accepts, where that is all', async () => {
    target = await tcpTarget(() => {});
    expect(await run(target.port, 10_000, { type: 'Tcp' })).to.deep.equal({
      success: true,
      result: 'connected',
    });
    const { port } = target;
    await target.stop();
    expect(await run(port, 10_000, { type: 'Tcp' })).to.deep.equal({
      success: false,
      result: 'ECONNREFUSED',
    });
  });
});

describe('a probe over other protocols', () => {
  const pair = makeTlsPair();
  const tls = { ca: pair.cert };
  let clear: HealthServer;
  let secure: HealthServer;
  before(async () => {
    clear = await healthServer();
    secure = await healthServer(pair);
  });
  after(() => {
    clear.close();
    secure.close();
  });

  for (const protocol of ['H2c', 'H2', 'Https'] as const) {
    it(`asks for the path in ${protocol}`, async () => {
      const { port } = protocol === 'H2c' ? clear : secure;
      const ask = (path: string): ReturnType<typeof probe> => run(port, 10_000, { path }, { protocol, tls });
      expect(await ask('/200')).to.deep.equal({ success: true, result: 'status 200' });
      expect(await ask('/500')).to.deep.equal({ success: false, result: 'status 500' });
    });

    it(`fails in time when nothing is answered in ${protocol}`, async () => {
      const { port } = protocol === 'H2c' ? clear : secure;
      const found = await run(port, 300, { path: '/hang' }, { protocol, tls });
      expect(found).to.deep.equal({ success: false, result: 'timeout' });
    });
  }

  for (const [type, protocol] of [
    ['Http', 'Https'],
    ['Http', 'H2'],
    ['Tcp', 'Https'],
    ['Grpc', 'Grpcs'],
  ] as const) {
    it(`fails when the certificate is not believed, for ${type} over ${protocol}`, async () => {
      const check = type === 'Http' ? { path: '/200' } : { type };
      expect(await run(secure.port, 10_000, check, { protocol, tls: {} })).to.deep.equal({
        success: false,
        result: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      });
    });
  }

  it('fails with settings of TLS that no connection can be made with', async () => {
    const found = await run(
      secure.port,
      10_000,
      { type: 'Tcp' },
      { protocol: 'Https', tls: { problem: 'no Secret' } },
    );
    expect(found.success).to.equal(false);
    expect(found.result).to.include('no Secret');
  });

  for (const protocol of ['Grpc', 'Grpcs'] as const) {
    for (const [service, success, result] of [
      ['', true, 'SERVING'],
      ['up', true, 'SERVING'],
      ['down', false, 'NOT_SERVING'],
      ['unknown', false, 'grpc-status 5'],
      ['missing', false, 'status 404'],
    ] as const) {
      it(`asks grpc.health.v1.Health for ${service || 'the server'} in ${protocol}`, async () => {
        const { port } = protocol === 'Grpc' ? clear : secure;
        const check = { type: 'Grpc', ...(service && { service }) } as const;
        expect(await run(port, 10_000, check, { protocol, tls })).to.deep.equal({ success, result });
      });
    }
  }

  it('does not find health in gRPC where nobody listens', async () => {
    const found = await run(1, 10_000, { type: 'Grpc' }, { protocol: 'Grpc' });
    expect(found).to.deep.equal({ success: false, result: 'ECONNREFUSED' });
  });
});
