import { once } from 'node:events';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import {
  createSecureServer,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Cluster } from '../../../src/balance/cluster.ts';
import { EndpointSet } from '../../../src/balance/endpoints.ts';
import { SharedState } from '../../../src/balance/shared.ts';
import type { Protocol, UpstreamTls } from '../../../src/model/upstream.ts';
import { Callouts } from '../../../src/upstream/callouts/callouts.ts';
import type { CallRequest, CallResponse } from '../../../src/upstream/callouts/http-call.ts';
import { makeTlsPair } from '../../support/tls-pair.ts';

const pair = makeTlsPair();
const tls: UpstreamTls = { ca: pair.cert, serverName: 'localhost' };

type Handle = (request: IncomingMessage, response: ServerResponse) => void;
type Handle2 = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** What an endpoint may speak, and whether plain gRPC can be called there. */
const servers: readonly (readonly [Protocol, (handle: Handle) => Server])[] = [
  ['Http', (handle) => createHttp1(handle)],
  ['Https', (handle) => createHttps(pair, handle)],
  ['H2c', (handle) => createServer(handle as unknown as Handle2)],
  ['Grpc', (handle) => createServer(handle as unknown as Handle2)],
  ['H2', (handle) => createSecureServer(pair, handle as unknown as Handle2)],
  ['Grpcs', (handle) => createSecureServer(pair, handle as unknown as Handle2)],
];

const request: CallRequest = {
  method: 'POST',
  path: '/check?a=1',
  authority: 'callee',
  secure: false,
  headers: ['x-from', 'guest'],
  body: Buffer.from('hello'),
  trailers: ['x-sum', '7'],
  timeoutMs: 30_000,
};

for (const [protocol, serve] of servers) {
  describe(`a call to an upstream of ${protocol}`, () => {
    let server: Server;
    let callouts: Callouts;
    let seen: IncomingMessage | undefined;
    before(async () => {
      server = serve((got, response) => {
        seen = got;
        void text(got).then((body) => {
          response.writeHead(200, { 'content-type': 'application/grpc', trailer: 'x-end' });
          if (got.url !== '/test.Echo/Say')
            response.write(
              `${got.method} ${got.url} ${got.httpVersion} ${body} ${String(got.trailers['x-sum'])}`,
            );
          response.addTrailers({ 'x-end': 'yes', 'grpc-status': '5', 'grpc-message': 'no such thing' });
          response.end();
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    after(() => server.close());
    beforeEach(() => (callouts = new Callouts({ cluster: () => undefined, ended: () => undefined })));
    afterEach(() => callouts.close());

    function cluster(how: UpstreamTls = tls): Cluster {
      const shared = new SharedState();
      const set = new EndpointSet(shared);
      const { port } = server.address() as AddressInfo;
      set.replace([{ address: '127.0.0.1', port, weight: 1, slot: 0 }]);
      const settings = { id: 'u', slot: 0, loadBalancer: 'RoundRobin', connectTimeoutMs: 30_000 } as const;
      return new Cluster({ ...settings, protocol, tls: how }, set, shared);
    }

    const http = (to: Cluster, more: Partial<CallRequest> = {}): Promise<CallResponse> =>
      new Promise((response, failed) =>
        callouts.http(to, { ...request, ...more }, { admit: () => true, response, failed }),
      );

    const isOverTls = protocol === 'Https' || protocol === 'H2' || protocol === 'Grpcs';
    const isHttp2 = protocol !== 'Http' && protocol !== 'Https';

    it('by http_call speaks that, sends trailers and gets trailers', async () => {
      const to = cluster();
      for (let i = 0; i < 2; i++) {
        const { status, body, trailers } = await http(to);
        expect([status, body.toString()]).to.deep.equal([
          200,
          `POST /check?a=1 ${isHttp2 ? '2.0' : '1.1'} hello 7`,
        ]);
        expect(trailers.get('x-end')).to.equal('yes');
      }
      expect(seen?.headers[isHttp2 ? ':authority' : 'host']).to.equal('callee');
      expect(seen?.headers['x-from']).to.equal('guest');
      expect(to.endpoints.current[0]?.inFlight).to.equal(0);
    });

    it('by http_call without a body has none', async () => {
      const { body } = await http(cluster(), { method: 'GET', body: undefined, trailers: [] });
      expect(body.toString()).to.match(/^GET \/check\?a=1 \S+ {2}undefined$/);
    });

    if (isOverTls)
      it('by http_call goes to nobody whose certificate is for another', async () => {
        seen = undefined;
        const failure = await http(cluster({ ...tls, serverName: 'other.example' })).catch(
          (error: unknown) => error,
        );
        expect(failure).to.have.property('code', 'tls-failed');
        expect(seen).to.equal(undefined);
      });

    if (isHttp2)
      it('by grpc_call uses its TLS, where it has some', async () => {
        const { promise, resolve } = Promise.withResolvers<string>();
        const call = callouts.grpc(
          cluster(),
          { path: '/test.Echo/Say', authority: 'callee', tls: undefined, metadata: [], timeoutMs: 30_000 },
          {
            admit: () => true,
            initial: () => undefined,
            message: () => undefined,
            trailing: () => undefined,
            closed: (status, message) => resolve(`${status} ${message}`),
          },
        );
        call.send(Buffer.from('hi'), true);
        expect(await promise).to.equal('5 no such thing');
        expect(seen?.headers[':scheme']).to.equal(isOverTls ? 'https' : 'http');
        expect(seen?.url).to.equal('/test.Echo/Say');
      });
  });
}
