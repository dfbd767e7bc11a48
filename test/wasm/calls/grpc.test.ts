import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startGrpcServer, type GrpcServer } from '../../support/grpc-server.ts';
import { eventually } from '../../support/wait.ts';
import { callWorld, through, type CallWorld } from './world.ts';
import { freePort } from '../../support/free-port.ts';

/** Fields of a protobuf message by number, as bytes. */
function protobuf(...fields: readonly (readonly [field: number, value: string | Buffer])[]): Buffer {
  return Buffer.concat(
    fields.map(([field, value]) => {
      const bytes = Buffer.from(value);
      const size: number[] = [];
      for (let rest = bytes.length; ; rest >>>= 7) {
        size.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      return Buffer.concat([Buffer.from([(field << 3) | 2, ...size]), bytes]);
    }),
  );
}

const hex = (bytes: Buffer): string => `hex:${bytes.toString('hex')}`;

describe('gRPC calls of plugins', () => {
  let server: GrpcServer;
  let world: CallWorld;

  before(async () => {
    server = await startGrpcServer();
  });
  after(() => server.close());
  beforeEach(async () => {
    world = await callWorld(['shop/echo', `127.0.0.1:${server.port}`]);
    world.upstream('shop/echo', [server.port]);
  });
  afterEach(() => world.close());

  it('sends one message and gets one, without a close', async () => {
    world.stage(
      'configure grpc echo Say 0 hello',
      'grpc_message status',
      'grpc_message grpc echo Say 0 again',
    );
    const heard = await world.hears(/again$/);
    expect(heard.slice(0, 4)).to.deep.equal(['grpc 0 1', 'grpc_message 5 hello', 'status 0 0 ', 'grpc 0 1']);
    expect(heard[4]).to.equal('grpc_message 5 again');
    expect(server.seen.at(-1)).to.include({
      ':path': '/test.Echo/Say',
      ':authority': 'echo',
      'content-type': 'application/grpc',
      te: 'trailers',
      'x-from': 'guest',
    });
  });

  for (const [method, code, text] of [
    ['Fail', 5, 'no such thing'],
    ['Http', 14, 'the callee answered with HTTP status 503'],
    ['Reset', 14, 'Stream closed with error code NGHTTP2_REFUSED_STREAM'],
    ['Big', 8, 'a message of 17825792 bytes is too large'],
    ['Zip', 13, 'the message is compressed, which was not agreed'],
    ['None', 13, 'the callee sent no message'],
    ['Half', 13, 'the last message was cut off'],
  ] as const) {
    it(`closes a call to ${method} with ${code}, and says why`, async () => {
      world.stage(`configure grpc echo ${method} 0 hello`, 'grpc_close status');
      expect(await world.hears('status')).to.deep.equal([
        'grpc 0 1',
        `grpc_close ${code}`,
        `status 0 ${code} ${text}`,
      ]);
      expect(world.calls).to.deep.equal([`shop/p shop/echo grpc-${code}`]);
    });
  }

  it('closes with 14 when the connection is lost, or there is none', async () => {
    world.stage('configure grpc echo Cut 0 hello');
    await world.hears('grpc_close 14');
    world.upstream('shop/echo', [await freePort()]);
    world.stage('configure grpc echo Say 0 hello', 'grpc_close status');
    await world.hears('status 0 14 the upstream cannot be reached');
  });

  it('tries another endpoint where nothing could be sent', async () => {
    world.upstream('shop/echo', [await freePort(), server.port]);
    world.stage('configure grpc echo Say 0 one', 'configure grpc echo Say 0 two');
    await world.hears('grpc_message 3 one');
    await world.hears('grpc_message 3 two');
  });

  it('closes with 4 after the timeout, tells the callee of it before, and resets the stream', async () => {
    const cluster = world.upstream('shop/echo', [server.port]);
    const resets = server.resets.length;
    world.stage('configure grpc echo Hang 500 hello');
    await world.hears('grpc_close 4');
    expect(server.seen.at(-1)).to.include({ 'grpc-timeout': '500m' });
    await eventually('it is reset', () => server.resets.length > resets);
    expect(cluster.endpoints.current[0]?.inFlight).to.equal(0);
  });

  it('talks in both directions until both have said all', async () => {
    world.stage(
      'configure stream echo Chat',
      'configure send one',
      'configure send two end',
      'grpc_close status',
      'grpc_close send three',
      'grpc_close close',
    );
    expect(await world.hears('close')).to.deep.equal([
      'stream 0 2',
      'send 0',
      'send 0',
      'grpc_initial there',
      'grpc_message 3 one',
      'grpc_message 3 two',
      'grpc_trailing bye',
      'grpc_close 0',
      'status 0 0 ',
      'send 1',
      'close 1',
    ]);
  });

  it('answers within the callbacks of a stream, and half-closes it', async () => {
    world.stage(
      'configure stream echo Chat',
      'grpc_initial send',
      'configure send first',
      'grpc_message close',
    );
    const heard = await world.hears('grpc_close 0');
    expect(heard).to.include('grpc_message 5 first').and.include('close 0');
  });

  it('gives a stream that fails at once its trailing metadata and its close', async () => {
    world.stage('configure stream echo Fail');
    expect(await world.hears('grpc_close 5')).to.deep.equal([
      'stream 0 2',
      'grpc_initial ?1',
      'grpc_trailing ?1',
      'grpc_close 5',
    ]);
  });

  it('finds the callback for trailing metadata under the name that the SDK of solo.io has for it', async () => {
    const solo = await callWorld(['shop/echo'], 'calls-solo');
    solo.upstream('shop/echo', [server.port]);
    solo.stage('configure stream echo Chat', 'configure send one end');
    expect(await solo.hears('grpc_close')).to.deep.equal([
      'stream 0 2',
      'send 0',
      'grpc_trailing bye',
      'grpc_close 0',
    ]);
    solo.close();
  });

  it('says nothing more of a stream that it cancelled', async () => {
    const resets = server.resets.length;
    world.stage(
      'configure stream echo Chat',
      'configure send one',
      'grpc_message cancel',
      'grpc_message cancel',
    );
    const heard = await world.hears('cancel 1');
    await eventually('it is reset', () => server.resets.length > resets);
    expect(heard.slice(-3)).to.deep.equal(['grpc_message 3 one', 'cancel 0', 'cancel 1']);
    expect(world.calls).to.deep.equal(['shop/p shop/echo cancelled']);
  });

  it('ends the streams of a root context that is deleted', async () => {
    const resets = server.resets.length;
    const stage = world.stage('configure stream echo Chat');
    await world.hears('grpc_initial');
    stage.close?.();
    await eventually('it is reset', () => server.resets.length > resets);
  });

  it('refuses to send to what is no stream, and names that lead nowhere', async () => {
    world.stage(
      'configure grpc echo Hang 0 a',
      'configure send b',
      'configure cancel',
      'configure grpc other Say 0 a',
      'configure stream other Say',
    );
    expect(await world.hears('stream')).to.deep.equal([
      'grpc 0 1',
      'send 2',
      'cancel 0',
      'grpc 4 0',
      'stream 4 0',
    ]);
  });

  it('holds requests until their answers are there', async () => {
    const stage = world.stage(
      'request_headers grpc echo Say 0 a',
      'request_headers pause',
      'grpc_message resume',
    );
    const answers = await Promise.all(Array.from({ length: 300 }, () => through(stage)));
    expect(new Set(answers)).to.deep.equal(new Set([undefined]));
  });

  it('takes a GrpcService of Envoy, with its authority and metadata', async () => {
    const service = protobuf(
      [1, protobuf([1, 'outbound|50051||echo.dns'], [2, 'echo.example.com'])],
      [5, protobuf([1, 'X-Key'], [2, 'secret'])],
    );
    world.stage(`configure grpc ${hex(service)} Say 0 hello`);
    await world.hears('grpc_message 5 hello');
    expect(server.seen.at(-1)).to.include({ ':authority': 'echo.example.com', 'x-key': 'secret' });
  });

  it('takes a target of Google gRPC', async () => {
    const service = protobuf([2, protobuf([1, `dns:///127.0.0.1:${server.port}`])]);
    world.stage(`configure grpc ${hex(service)} Say 0 hello`);
    await world.hears('grpc_message 5 hello');
  });

  for (const [name, bytes] of [
    ['a message that is cut off', protobuf([1, protobuf([1, 'echo'])]).subarray(0, 4)],
    ['a message without a target', protobuf([3, ''])],
    ['an endless number', Buffer.from([8, 255, 255, 255])],
  ] as const) {
    it(`refuses ${name}`, async () => {
      world.stage(`configure grpc ${hex(bytes)} Say 0 hello`);
      await world.hears('grpc 4 0');
    });
  }

  describe('over TLS', () => {
    let folder: string;
    let secure: GrpcServer;
    let ca: Buffer;

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'loom-grpc-'));
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
      execFileSync(
        'openssl',
        ['req', '-x509', ...curve, '-nodes', '-days', '1', '-keyout', key, '-out', cert, ...subject],
        {
          stdio: 'ignore',
        },
      );
      ca = readFileSync(cert);
      secure = await startGrpcServer({ key: readFileSync(key), cert: ca });
    });
    after(() => {
      secure.close();
      rmSync(folder, { recursive: true });
    });
    beforeEach(async () => {
      world.close();
      world = await callWorld([`127.0.0.1:${secure.port}`]);
    });

    const service = (credentials: Buffer): string =>
      hex(protobuf([2, protobuf([1, `127.0.0.1:${secure.port}`], [2, credentials])]));

    it('believes the authorities that the message brings', async () => {
      world.stage(`configure grpc ${service(protobuf([1, protobuf([1, protobuf([2, ca])])]))} Say 0 hello`);
      await world.hears('grpc_message 5 hello');
    });

    it('believes no others', async () => {
      world.stage(`configure grpc ${service(protobuf([1, '']))} Say 0 hello`);
      await world.hears('grpc_close 14');
    });
  });
});
