import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect } from 'chai';
import { grpcFrame } from '../../src/upstream/callouts/grpc-frames.ts';
import { startGrpcServer, type GrpcServer } from '../support/grpc-server.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

interface Outcome {
  readonly status: string;
  readonly message: string;
  /** The status came with the head, and nothing behind it. */
  readonly trailersOnly: boolean;
  /** The message of the response. */
  readonly said: string;
}

describe('gRPC through Loom', () => {
  let server: GrpcServer;
  let other: GrpcServer;
  let silent: Server;
  let world: World;
  let session: ClientHttp2Session;
  before(async () => {
    server = await startGrpcServer();
    other = await startGrpcServer();
    // Takes connections and says nothing.
    silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    world = await startWorld(`
upstreams:
  - { name: echo, endpoints: ['127.0.0.1:${server.port}'], protocol: grpc }
  - { name: other, endpoints: ['127.0.0.1:${other.port}'], protocol: grpc }
  - { name: silent, endpoints: ['127.0.0.1:${(silent.address() as AddressInfo).port}'], protocol: grpc, connect_timeout: 200ms }
  - { name: nobody, endpoints: ['127.0.0.1:${await freePort()}'], protocol: grpc }
  - { name: shut, endpoints: ['127.0.0.1:${await freePort()}'], protocol: grpc, circuit_breaker: { failure_threshold: 1 } }
routes:
  - { id: echo, path: '/test.Echo/*', upstream: echo }
  - { id: method, path: /test.Echo/Chat, upstream: other }
  - { id: nobody, path: '/test.Nobody/*', upstream: nobody }
  - { id: again, path: '/test.Again/*', upstream: echo, retries: { grpc_statuses: [unavailable, internal], backoff: { base: 1ms } } }
  - { id: shut, path: '/test.Shut/*', upstream: shut }
  - { id: late, path: '/test.Late/*', upstream: silent }
  - { id: limit, path: /test.Large/Say, upstream: echo, max_request_body_bytes: 9 }
`);
    session = connect(world.url);
  });
  after(async () => {
    session.destroy();
    await world.stop('SIGKILL');
    server.close();
    other.close();
    silent.close();
  });

  async function call(
    path: string,
    headers: Record<string, string> = {},
    message = 'hello',
  ): Promise<Outcome> {
    const stream = session.request(
      { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers },
      { endStream: false },
    );
    let told: Record<string, unknown> = {};
    stream.on('trailers', (fields: object) => (told = { ...fields }));
    const said: Buffer[] = [];
    stream.on('data', (piece: Buffer) => said.push(piece));
    // Both may come in one piece.
    const closed = once(stream, 'close');
    stream.end(grpcFrame(Buffer.from(message)));
    const [head, flags] = (await once(stream, 'response')) as [Record<string, unknown>, number];
    expect(head[':status']).to.equal(200);
    await closed;
    const trailersOnly = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const last = trailersOnly ? head : told;
    return {
      status: String(last['grpc-status']),
      message: String(last['grpc-message']),
      trailersOnly,
      said: Buffer.concat(said).subarray(5).toString(),
    };
  }

  it('goes where its service says, and where its method says that is routed by itself', async () => {
    const [first, second] = [server.seen.length, other.seen.length];
    expect((await call('/test.Echo/Say')).status).to.equal('0');
    expect((await call('/test.Echo/Chat')).status).to.equal('0');
    expect([server.seen.length - first, other.seen.length - second]).to.deep.equal([1, 1]);
    expect(await call('/test.Echo/Fail')).to.deep.include({ status: '5', message: 'no%20such%20thing' });
  });

  for (const [title, path, status, code] of [
    ['that no route is for', '/test.Unknown/Say', '12', 'no-route'],
    ['that nobody can be reached for (502)', '/test.Nobody/Say', '14', 'connect-failed'],
    ['that takes too long (504)', '/test.Late/Say', '4', 'connect-timeout'],
    ['that is too large', '/test.Large/Say', '8', 'body-too-large'],
  ] as const)
    it(`has its status in the head of the answer to a call ${title}`, async () => {
      const outcome = await call(path);
      expect(outcome).to.deep.include({ status, trailersOnly: true });
      expect(outcome.message).to.match(new RegExp(`^${code}: `));
    });

  for (const [title, service, status, times, expected, tries] of [
    ['is tried again for a status that was named', 'Again', 14, 2, '0', 3],
    ['is tried again for each of them', 'Again', 13, 1, '0', 2],
    ['has its status when the tries are used up', 'Again', 14, 9, '14', 3],
    ['has another status at once', 'Again', 5, 1, '5', 1],
    ['has every status at once where none was named', 'Echo', 14, 1, '14', 1],
  ] as const)
    it(`${title}, with its message`, async () => {
      const before = server.seen.length;
      const metadata = { 'x-call': title, 'x-status': String(status), 'x-times': String(times) };
      const outcome = await call(`/test.${service}/Flaky`, metadata);
      expect([outcome.status, server.seen.length - before]).to.deep.equal([expected, tries]);
      expect(outcome.said).to.equal(expected === '0' ? 'hello' : '');
    });

  it('is counted by the status for which it was tried again', async () => {
    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    const line = 'loom_upstream_retries_total{upstream="echo",reason="grpc-status-';
    expect(metrics).to.include(`${line}14",outcome="answered"} 1`);
    expect(metrics).to.include(`${line}13",outcome="answered"} 1`);
  });

  it('is UNAVAILABLE while the breaker is open (503)', async () => {
    await call('/test.Shut/Say');
    const { status, message, trailersOnly } = await call('/test.Shut/Say');
    expect([status, message.split(':')[0], trailersOnly]).to.deep.equal(['14', 'breaker-open', true]);
  });

  it('ends at the deadline of the client, which the endpoint hears of, and resets its stream', async () => {
    const resets = server.resets.length;
    const hangs = (): number => server.seen.filter((one) => one[':path'] === '/test.Echo/Hang').length;
    // On a busy machine the deadline may come before the endpoint has heard anything.
    await eventually('the endpoint hears of it', async () => {
      const before = hangs();
      const outcome = await call('/test.Echo/Hang', { 'grpc-timeout': '200m' });
      expect(outcome).to.deep.include({ status: '4', trailersOnly: true });
      return hangs() > before;
    });
    expect(server.seen.at(-1)?.['grpc-timeout']).to.equal('200m');
    await eventually('the stream at the endpoint is reset', () => server.resets.length > resets);
  });
});
