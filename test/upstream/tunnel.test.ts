import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { closeCode, frame, readFrames, tunnelWires, type Frame } from '../support/websocket.ts';
import { Gateway } from './world.ts';

/** What an endpoint says that upgrades whatever it is asked to. */
const switching = (protocol: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

/** More than sockets hold. */
const most = 64 << 20;

for (const [wire, open] of Object.entries(tunnelWires)) {
  describe(`a tunnel from ${wire}`, () => {
    let gateway: Gateway;
    let client: Duplex;
    let endpoint: Socket;
    beforeEach(() => (gateway = new Gateway()));
    afterEach(() => {
      client.destroy();
      return gateway.close();
    });

    /** Opens one through the gateway; what the endpoint gets behind its head is read by the test. */
    async function start(
      options: Parameters<Gateway['start']>[1] = {},
      protocol = 'websocket',
    ): Promise<void> {
      const backend = await gateway.rawBackend((socket) => {
        endpoint = socket;
        socket.once('data', () => {
          socket.pause();
          socket.write(switching(protocol));
        });
      });
      client = await open(await gateway.start([backend], options), protocol);
    }

    /** Writes until nobody takes more. @returns how many bytes. */
    async function fill(to: Duplex): Promise<number> {
      const piece = Buffer.alloc(65_536, 'x');
      for (let sent = piece.length; sent < most; sent += piece.length) {
        if (to.write(piece)) continue;
        // Part of it is in the kernel and in the stream of the sender: Loom is full when nothing drains for a while.
        const drained = once(to, 'drain').then(() => true);
        if (!(await Promise.race([drained, pass(300).then(() => false)]))) return sent;
      }
      return most;
    }

    const pass = (ms: number): Promise<unknown> => {
      const began = performance.now();
      return eventually('time has passed', () => performance.now() - began > ms);
    };

    /** Has it say something again and again for that long. @returns the milliseconds of the longest pause. */
    async function longestPause(talker: Duplex, ms: number): Promise<number> {
      const began = performance.now();
      let [last, longest] = [began, 0];
      await eventually('it has talked', () => {
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
        talker.write('.');
        return now - began > ms;
      });
      return longest;
    }

    it('may be silent for longer than a request', async () => {
      // What leads to it is held to those times, which a busy machine may miss.
      await eventually('it is open', async () => {
        await start({
          limits: { clientIdleMs: 200, keepAliveMs: 200, headerTimeoutMs: 200 },
          timeouts: { idleMs: 200, requestMs: 200 },
        });
        return true;
      });
      await pass(600);
      endpoint.write('still there');
      expect(String((await once(client, 'data')) as [Buffer])).to.equal('still there');
    });

    it('is cut when neither side says anything for as long as its rule allows', async () => {
      for (const side of ['client', 'endpoint'] as const) {
        // To Loom a pause of this process is silence: then another tunnel is talked through.
        await eventually('it has talked without a pause', async () => {
          if (gateway.exchanges.length > 0) client.destroy();
          await gateway.close();
          gateway = new Gateway();
          await start({ timeouts: { tunnelMs: 300 } });
          endpoint.resume();
          return (await longestPause(side === 'client' ? client : endpoint, 500)) < 150;
        });
        expect(gateway.ended).to.deep.equal([]);
      }
      client.resume();
      await eventually('the client sees it', () => client.destroyed);
      await eventually('it has ended', () => gateway.ended.length === 1);
      expect(gateway.ended[0]).to.include({ code: 'idle-timeout' });
      await eventually('it was counted out', () => gateway.inFlight[0] === 0);
    });

    it('makes each side wait for the other, with little in between', async () => {
      await start();
      for (const [from, to] of [
        [client, endpoint],
        [endpoint, client],
      ] as const) {
        to.pause();
        const sent = await fill(from);
        expect(sent, 'bytes that somebody has taken').to.be.lessThan(most);
        let got = 0;
        to.on('data', (some: Buffer) => (got += some.length));
        to.resume();
        await eventually('all of it has arrived', () => got === sent);
      }
    });

    it('says 1001 behind the last whole frame when Loom leaves, and lets the client answer', async () => {
      await start();
      const seen: Frame[] = [];
      readFrames(client, (one) => seen.push(one));
      const long = frame('x'.repeat(1000));
      endpoint.write(Buffer.concat([frame('first'), long.subarray(0, 500)]));
      await eventually('the first frame', () => seen.length === 1);
      const [tunnel] = gateway.opened.listener?.tunnels ?? [];
      tunnel?.leave();
      tunnel?.leave();
      endpoint.write(Buffer.concat([long.subarray(500), frame('nobody hears this')]));
      await eventually('the farewell', () => seen.length === 3);
      endpoint.write(frame('nor this'));
      expect(seen.map(({ opcode, payload }) => [opcode, payload.length])).to.deep.equal([
        [1, 5],
        [1, 1000],
        [8, 2],
      ]);
      expect(closeCode(seen[2] as Frame)).to.equal(1001);
      const answer = frame(Buffer.from([3, 233]), { opcode: 8, masked: true });
      client.write(answer);
      expect((await once(endpoint.resume(), 'data'))[0]).to.deep.equal(answer);
      endpoint.end();
      await once(client, 'close');
      expect(seen).to.have.length(3);
      expect(gateway.ended).to.deep.equal([undefined]);
      expect(gateway.opened.listener?.tunnels).to.deep.equal([]);
    });

    it('has nothing to add where the endpoint has said goodbye, or speaks another language', async () => {
      await start();
      const seen: Frame[] = [];
      readFrames(client, (one) => seen.push(one));
      let bytes = 0;
      client.on('data', (piece: Buffer) => (bytes += piece.length));
      const farewell = frame(Buffer.from([3, 232]), { opcode: 8 });
      endpoint.write(farewell.subarray(0, 3));
      await eventually('its beginning', () => bytes === 3);
      gateway.opened.listener?.tunnels[0]?.leave();
      endpoint.write(farewell.subarray(3));
      await eventually('the farewell of the endpoint', () => seen.length === 1);
      client.destroy();
      await gateway.close();
      gateway = new Gateway();
      await start({}, 'other');
      gateway.opened.listener?.tunnels[0]?.leave();
      endpoint.write('goes on');
      expect(String((await once(client, 'data')) as [Buffer])).to.equal('goes on');
      expect(seen.map(closeCode)).to.deep.equal([1000]);
    });
  });
}
