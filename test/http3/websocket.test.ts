import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { closeCode, frame, readFrames, startEcho, type Frame } from '../support/websocket.ts';
import { tunnellers } from './clients.ts';
import { ForeignClient } from './foreign-client.ts';
import type { ForeignStream } from './foreign-stream.ts';
import { startHttp3, type Http3World } from './world.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const [text, binary, close, ping, pong] = [1, 2, 8, 9, 10];

for (const [name, program] of Object.entries(tunnellers))
  describe(`WebSockets over HTTP/3, as ${name} speaks it`, function () {
    this.timeout(120_000);
    let echo: Awaited<ReturnType<typeof startEcho>>;
    let loom: Http3World;
    let client: ForeignClient;
    before(async () => {
      echo = await startEcho();
      loom = await startHttp3(`
routes:
  - { id: chat, hosts: [localhost], tls: own, path: '/*', upstream: echo }
  - { id: hello, hosts: [localhost], tls: own, path: /hello, direct_response: { status: 200, body: hello } }
upstreams: [{ name: echo, endpoints: ["127.0.0.1:${echo.port}"] }]
drain: { delay: 0s, timeout: 300ms }
`);
      client = await ForeignClient.connect(await program(), loom.port, { ca: loom.authority.file });
    });
    after(async () => {
      await client.close();
      await loom.stop();
      echo.close();
    });

    const open = (path = '/chat'): Promise<ForeignStream> =>
      client.open({
        fields: [
          [':method', 'CONNECT'],
          [':protocol', 'websocket'],
          [':scheme', 'https'],
          [':authority', 'localhost'],
          [':path', path],
          ['sec-websocket-version', '13'],
          ['origin', 'https://localhost'],
        ],
      });

    /** An open WebSocket, and what is heard on it. */
    async function talk(): Promise<{
      readonly socket: ForeignStream;
      readonly heard: Frame[];
      readonly say: (payload: Buffer | string, opcode?: number) => void;
    }> {
      const socket = await open();
      // That it was reset, where a test gives it up.
      socket.on('error', () => undefined);
      const heard: Frame[] = [];
      readFrames(socket, (one) => heard.push(one));
      expect((await socket.head())[':status']).to.equal('200');
      return {
        socket,
        heard,
        say: (payload, opcode = text) => void socket.write(frame(payload, { opcode, masked: true })),
      };
    }

    it('opens with 200 and without the fields of the handshake of HTTP/1', async () => {
      const { socket } = await talk();
      expect(socket.sections[0]).to.not.have.any.keys('upgrade', 'connection', 'sec-websocket-accept');
      await socket.reset(0x10c);
    });

    it('carries frames of every size both ways', async () => {
      const { socket, heard, say } = await talk();
      const sizes = [0, 1, 125, 126, 65_535, 65_536, 1 << 20];
      const sent = sizes.map((size) => randomBytes(size));
      for (const payload of sent) say(payload, binary);
      await eventually('all have come back', () => heard.length === sent.length);
      expect(heard.map(({ payload }) => sha256(payload))).to.deep.equal(sent.map(sha256));
      say('are you there', ping);
      await eventually('an answer', () => heard.length === sent.length + 1);
      expect([ping, pong]).to.include(heard.at(-1)?.opcode);
      await socket.reset(0x10c);
    });

    it('is closed by the client, with its code', async () => {
      const { socket, heard, say } = await talk();
      const before = echo.codes.length;
      const ended = once(socket, 'end');
      say(Buffer.from([0x03, 0xe8]), close);
      await ended;
      expect(closeCode(heard.at(-1) as Frame)).to.equal(1000);
      expect(echo.codes.slice(before)).to.deep.equal([1000]);
    });

    it('is closed by the endpoint, which hears the answer', async () => {
      const { socket, heard, say } = await talk();
      const before = echo.codes.length;
      const ended = once(socket, 'end');
      say('leave');
      await eventually('the farewell', () => heard.at(-1)?.opcode === close);
      expect(closeCode(heard.at(-1) as Frame)).to.equal(4000);
      say(Buffer.from([0x0f, 0xa0]), close);
      await ended;
      expect(echo.codes.slice(before)).to.deep.equal([4000]);
    });

    it('ends at the endpoint when the client gives up the stream', async () => {
      await eventually('no other is open', () => echo.open.size === 0);
      const { socket, heard, say } = await talk();
      say('hello');
      await eventually('an answer', () => heard.length === 1);
      expect(echo.open.size).to.equal(1);
      await socket.reset(0x10c);
      await eventually('the endpoint has heard', () => echo.open.size === 0);
    });

    it('ends for the client when the endpoint breaks off', async () => {
      const { socket, say } = await talk();
      say('break');
      await eventually('the end', () => socket.destroyed || socket.readableEnded);
    });

    it('is answered with what the endpoint says when it wants none', async () => {
      const socket = await open('/refused');
      expect((await buffer(socket)).toString()).to.equal('no');
      expect(socket.sections[0]?.[':status']).to.equal('403');
    });

    it('stands beside other requests of its connection', async () => {
      const { socket, heard, say } = await talk();
      const others = client.many(20, { path: '/hello' });
      for (let i = 0; i < 20; i++) say(`${i}`);
      await eventually('all have come back', () => heard.length === 20);
      expect((await others).map(({ body }) => body)).to.deep.equal(Array.from({ length: 20 }, () => 'hello'));
      await socket.reset(0x10c);
    });

    it('is told 1001 when Loom goes', async () => {
      await eventually('no other is open', () => echo.open.size === 0);
      const { heard, say, socket } = await talk();
      say('hello');
      await eventually('an answer', () => heard.length === 1);
      const stopped = loom.world.stop();
      await eventually('the farewell', () => heard.at(-1)?.opcode === close);
      expect(closeCode(heard.at(-1) as Frame)).to.equal(1001);
      say(Buffer.from([0x03, 0xe9]), close);
      socket.end();
      expect(await stopped).to.equal(0);
      expect(echo.codes.at(-1)).to.equal(1001);
    });
  });
