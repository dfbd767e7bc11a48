import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { GrpcFrames, grpcFrame } from '../../src/upstream/callouts/grpc-frames.ts';
import { eventually } from '../support/wait.ts';
import { everybody, tunnellers } from './clients.ts';
import { fieldOf, ForeignClient } from './foreign-client.ts';
import type { ForeignStream } from './foreign-stream.ts';
import { startHttp3, type Http3World } from './world.ts';

const large = 'l'.repeat(1 << 20);

/** One service by hand: each method has one of the four kinds of gRPC, and ends with a status in trailers. */
function serve(stream: ServerHttp2Stream, path: string, resets: number[]): void {
  stream.on('error', () => undefined);
  stream.on('close', () => void (stream.rstCode !== 0 && resets.push(stream.rstCode)));
  const head = { ':status': 200, 'content-type': 'application/grpc' };
  if (path === '/kinds.Kinds/Fail')
    return stream.respond({ ...head, 'grpc-status': 5, 'grpc-message': 'no%20such' }, { endStream: true });
  stream.respond(head, { waitForTrailers: true });
  const frames = new GrpcFrames(1 << 24);
  const heard: string[] = [];
  const say = (text: string): boolean => stream.write(grpcFrame(Buffer.from(text)));
  let status = 0;
  stream.on('wantTrailers', () =>
    stream.sendTrailers({ 'grpc-status': status, 'grpc-message': status ? 'bad' : '' }),
  );
  stream.on('data', (piece: Buffer) => {
    for (const message of frames.push(piece)) {
      heard.push(message.toString());
      if (path === '/kinds.Kinds/Chat') say(`heard ${message.toString()}`);
    }
  });
  stream.on('end', () => {
    if (path === '/kinds.Kinds/Collect') say(heard.map(({ length }) => length).join(' '));
    if (path === '/kinds.Kinds/Say') say(heard.join(''));
    if (path === '/kinds.Kinds/Count') for (let i = 0; i < Number(heard[0]); i++) say(`${i}`);
    if (path === '/kinds.Kinds/Late') {
      say('first');
      status = 13;
    }
    stream.end();
  });
}

for (const [name, program] of Object.entries(tunnellers))
  describe(`gRPC over HTTP/3 to an upstream of HTTP/2, as ${name} speaks it`, function () {
    this.timeout(120_000);
    let server: Http2Server;
    let loom: Http3World;
    let client: ForeignClient;
    const resets: number[] = [];
    before(async () => {
      server = createServer().listen(0, '127.0.0.1');
      server.on('stream', (stream: ServerHttp2Stream, headers) =>
        serve(stream, String(headers[':path']), resets),
      );
      await once(server, 'listening');
      loom = await startHttp3(`
upstreams: [{ name: kinds, endpoints: ['127.0.0.1:${(server.address() as AddressInfo).port}'], protocol: grpc }]
routes: [{ id: kinds, hosts: [localhost], tls: own, path: '/kinds.Kinds/*', upstream: kinds }]
`);
      client = await ForeignClient.connect(await program(), loom.port, { ca: loom.authority.file });
    });
    after(async () => {
      await client.close();
      await loom.stop();
      server.close();
    });

    const open = (path: string, more: Record<string, string> = {}): Promise<ForeignStream> =>
      client.open({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/grpc', te: 'trailers', ...more },
      });
    const messages = (bytes: Buffer): string[] =>
      new GrpcFrames(1 << 24).push(bytes).map((message) => message.toString());

    for (const [kind, method, said, heard, status] of [
      ['unary', 'Say', ['hello'], ['hello'], '0'],
      ['unary of a megabyte', 'Say', [large], [large], '0'],
      ['server streaming', 'Count', ['500'], Array.from({ length: 500 }, (_, i) => `${i}`), '0'],
      ['client streaming', 'Collect', ['a', 'bb', 'ccc', large], [`1 2 3 ${large.length}`], '0'],
      ['a failure behind a message', 'Late', ['x'], ['first'], '13'],
    ] as const)
      it(`carries a call: ${kind}`, async () => {
        const call = await open(`/kinds.Kinds/${method}`);
        for (const text of said) call.write(grpcFrame(Buffer.from(text)));
        call.end();
        const bytes = await buffer(call);
        expect(messages(bytes)).to.deep.equal(heard);
        const [head, trailers] = call.sections;
        expect(head).to.deep.include({ ':status': '200', 'content-type': 'application/grpc' });
        expect(trailers?.['grpc-status']).to.equal(status);
      });

    it('carries a call: both sides in turns, each message before the next', async () => {
      const call = await open('/kinds.Kinds/Chat');
      const frames = new GrpcFrames(1 << 20);
      const heard: string[] = [];
      call.on('data', (piece: Buffer) => heard.push(...frames.push(piece).map(String)));
      for (let i = 0; i < 20; i++) {
        call.write(grpcFrame(Buffer.from(`${i}`)));
        await eventually(`the answer to ${i}`, () => heard.length === i + 1);
      }
      call.end();
      await once(call, 'end');
      expect(heard).to.deep.equal(Array.from({ length: 20 }, (_, i) => `heard ${i}`));
      expect(call.sections[1]?.['grpc-status']).to.equal('0');
    });

    it('has the status of a call without messages in the head', async () => {
      const call = await open('/kinds.Kinds/Fail');
      call.end();
      expect((await buffer(call)).length).to.equal(0);
      expect(call.sections).to.have.length(1);
      expect(call.sections[0]).to.deep.include({ 'grpc-status': '5', 'grpc-message': 'no%20such' });
    });

    it('has a status of its own for what Loom answers', async () => {
      // The answer does not wait for the end of the request, so that end comes with the head.
      const headers = { 'content-type': 'application/grpc', te: 'trailers' };
      const answer = await client.request({ method: 'POST', path: '/other.Service/Say', headers, body: '' });
      expect(fieldOf(answer, ':status')).to.equal('200');
      expect(fieldOf(answer, 'grpc-status')).to.equal('12');
    });

    it('ends at its deadline, which the endpoint sees as a reset', async () => {
      const before = resets.length;
      // On a busy machine the deadline may come before the head does, and then it is the head that tells.
      const failure = await eventually('the head comes first', async () => {
        const call = await open('/kinds.Kinds/Chat', { 'grpc-timeout': '300m' });
        const ended = buffer(call).then(() => '', String);
        call.write(grpcFrame(Buffer.from('a')));
        return (await call.head())['grpc-status'] === undefined && ended;
      });
      expect(failure).to.match(/reset 0x10/);
      await eventually('the endpoint has heard', () => resets.length > before);
    });

    it('is reset at the endpoint when the client gives it up', async () => {
      const before = resets.length;
      const call = await open('/kinds.Kinds/Chat');
      call.on('error', () => undefined);
      call.write(grpcFrame(Buffer.from('a')));
      await call.head();
      await call.reset(0x10c);
      await eventually('the endpoint has heard', () => resets.length > before);
    });
  });

describe('gRPC over HTTP/3, as clients that send whole requests speak it', function () {
  this.timeout(120_000);
  let server: Http2Server;
  let loom: Http3World;
  before(async () => {
    server = createServer().listen(0, '127.0.0.1');
    server.on('stream', (stream: ServerHttp2Stream, headers) => serve(stream, String(headers[':path']), []));
    await once(server, 'listening');
    loom = await startHttp3(`
upstreams: [{ name: kinds, endpoints: ['127.0.0.1:${(server.address() as AddressInfo).port}'], protocol: grpc }]
routes: [{ id: kinds, hosts: [localhost], tls: own, path: '/kinds.Kinds/*', upstream: kinds }]
`);
  });
  after(async () => {
    await loom.stop();
    server.close();
  });

  for (const { name, program } of everybody.filter((one) => !(one.name in tunnellers)))
    it(`carries unary and streaming calls of ${name}, and their statuses in trailers and heads`, async function () {
      // A first installation.
      this.timeout(600_000);
      const client = await ForeignClient.connect(await program(), loom.port, { ca: loom.authority.file });
      try {
        for (const [method, said, heard, status] of [
          ['Say', ['hello'], ['hello'], '0'],
          ['Say', [large], [large], '0'],
          ['Count', ['500'], Array.from({ length: 500 }, (_, i) => `${i}`), '0'],
          ['Collect', ['a', 'bb', large], [`1 2 ${large.length}`], '0'],
          ['Late', ['x'], ['first'], '13'],
          ['Fail', ['x'], [], '5'],
        ] as const) {
          const body = Buffer.concat(said.map((text) => grpcFrame(Buffer.from(text)))).toString('latin1');
          const headers = { 'content-type': 'application/grpc', te: 'trailers' };
          const path = `/kinds.Kinds/${method}`;
          const answer = await client.request({ method: 'POST', path, headers, body, whole: true });
          const messages = new GrpcFrames(1 << 24).push(Buffer.from(answer.body, 'latin1')).map(String);
          expect([answer.failure, fieldOf(answer, ':status'), messages]).to.deep.equal([null, '200', heard]);
          const end = method === 'Fail' ? answer.fields : answer.trailers;
          expect(fieldOf({ fields: end }, 'grpc-status')).to.equal(status);
        }
      } finally {
        await client.close();
      }
    });
});
