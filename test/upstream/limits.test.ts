import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { endpointCell, upstreamCell } from '../../src/balance/shared.ts';
import type { UpstreamLimits } from '../../src/model/upstream.ts';
import { sendRaw, statuses } from '../http/raw-client.ts';
import { get, last } from '../http/world.ts';
import { eventually } from '../support/wait.ts';
import { deadPort, Gateway } from './world.ts';

/** An endpoint that answers when it is told to, and how many connections it has had. */
interface Slow {
  readonly port: number;
  readonly held: (() => void)[];
  open(): number;
  made(): number;
}

for (const protocol of ['Http', 'H2c'] as const) {
  describe(`limits of connections, ${protocol}`, () => {
    let gateway: Gateway;
    const servers: Http2Server[] = [];
    const asked: Promise<string>[] = [];
    beforeEach(() => (gateway = new Gateway()));
    afterEach(async () => {
      await gateway.close();
      for (const server of servers.splice(0)) server.close();
      asked.length = 0;
    });

    /** Of HTTP/2 with one stream on a connection, so that both protocols are alike. */
    const slow = async (): Promise<Slow> => {
      const held: (() => void)[] = [];
      let [open, made] = [0, 0];
      const count = (connection: { on(event: 'close', what: () => void): unknown }): void => {
        open++;
        made++;
        connection.on('close', () => open--);
      };
      if (protocol === 'Http') {
        const port = await gateway.rawBackend((socket) => {
          count(socket);
          const answer = (): unknown => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          socket.on('data', () => held.push(answer));
        });
        return { port, held, open: () => open, made: () => made };
      }
      const server = createHttp2Server({ settings: { maxConcurrentStreams: 1 } });
      servers.push(server.on('session', count));
      server.on('stream', (stream: ServerHttp2Stream) => {
        held.push(() => {
          stream.respond({ ':status': 200 });
          stream.end('ok');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { port: (server.address() as AddressInfo).port, held, open: () => open, made: () => made };
    };
    const start = (ports: readonly number[], limits: UpstreamLimits, more: object = {}): Promise<number> =>
      gateway.start(ports, { upstream: { protocol, limits, connectTimeoutMs: 60_000, ...more } });
    const ask = (port: number): Promise<string> => {
      const answer = sendRaw(port, get('/', last));
      asked.push(answer);
      return answer;
    };
    const counted = (cell: keyof typeof upstreamCell): number =>
      Atomics.load(gateway.shared.cells, gateway.shared.upstream(0, upstreamCell[cell]));
    const answers = async (): Promise<number[]> => (await Promise.all(asked)).flatMap(statuses);

    it('lets requests wait for a connection, in the order in which they came', async () => {
      const backend = await slow();
      const port = await start([backend.port], { connections: 2 });
      for (let i = 0; i < 5; i++) void ask(port);
      await eventually(
        'two are there, the others wait',
        () => backend.held.length === 2 && counted('pending') === 3,
      );
      expect(backend.made()).to.equal(2);
      for (let i = 0; i < 5; i++) {
        await eventually('one is there', () => backend.held.length > 0);
        backend.held.shift()?.();
      }
      expect(await answers()).to.deep.equal([200, 200, 200, 200, 200]);
      expect([backend.made(), counted('pending'), counted('connections')]).to.deep.equal([2, 0, 2]);
    });

    it('refuses those for which there is no room to wait', async () => {
      const backend = await slow();
      const port = await start([backend.port], { connections: 1, pending: 1 });
      void ask(port);
      await eventually('it is there', () => backend.held.length === 1);
      void ask(port);
      await eventually('it waits', () => counted('pending') === 1);
      const refused = await sendRaw(port, get('/', last));
      expect(refused)
        .to.match(/^HTTP\/1\.1 503 /)
        .and.match(/\r\nretry-after: 1\r\n/)
        .and.contain('upstream-overloaded');
      backend.held.shift()?.();
      await eventually('the next one is there', () => backend.held.length === 1);
      backend.held.shift()?.();
      expect(await answers()).to.deep.equal([200, 200]);
    });

    it('ends the wait after the time for a connection', async () => {
      const backend = await slow();
      const breaker = { failureThreshold: 1, successThreshold: 1, timeoutMs: 60_000 };
      const port = await start(
        [backend.port],
        { connections: 1 },
        { connectTimeoutMs: 1000, circuitBreaker: breaker },
      );
      void ask(port);
      await eventually('it is there', () => backend.held.length === 1);
      expect(await sendRaw(port, get('/', last))).to.contain('upstream-overloaded');
      expect([counted('pending'), gateway.cluster.breaker?.state]).to.deep.equal([0, 'closed']);
      backend.held.shift()?.();
      expect(await answers()).to.deep.equal([200]);
    });

    it('forgets who waits when the client leaves', async () => {
      const backend = await slow();
      const port = await start([backend.port], { connections: 1 });
      void ask(port);
      await eventually('it is there', () => backend.held.length === 1);
      const leaving = new AbortController();
      const left = fetch(`http://127.0.0.1:${port}/`, { signal: leaving.signal }).catch(() => 'left');
      await eventually('it waits', () => counted('pending') === 1);
      leaving.abort();
      expect(await left).to.equal('left');
      await eventually('nobody waits', () => counted('pending') === 0);
      backend.held.shift()?.();
      expect(await answers()).to.deep.equal([200]);
    });

    it('gives the room of idle connections to other endpoints at once', async () => {
      const backends = [await slow(), await slow(), await slow()];
      const port = await start(
        backends.map((backend) => backend.port),
        { connections: 1 },
      );
      for (let i = 0; i < 6; i++) {
        const answer = ask(port);
        const backend = backends[i % 3] as Slow;
        await eventually('it is there', () => backend.held.length === 1);
        backend.held.shift()?.();
        await answer;
      }
      expect(await answers()).to.deep.equal([200, 200, 200, 200, 200, 200]);
      expect(counted('connections')).to.equal(1);
    });

    it('counts those of each endpoint', async () => {
      const backends = [await slow(), await slow()];
      const port = await start(
        backends.map((backend) => backend.port),
        { connectionsPerEndpoint: 1 },
      );
      for (let i = 0; i < 4; i++) void ask(port);
      await eventually('one each', () => backends.every(({ held }) => held.length === 1));
      await eventually('two wait', () => counted('pending') === 2);
      const { connections } = endpointCell;
      const each = [0, 1].map((slot) => gateway.shared.cells[gateway.shared.endpoint(slot, connections)]);
      expect(each).to.deep.equal([1, 1]);
      for (let i = 0; i < 4; i++) {
        await eventually('one is there', () => backends.some(({ held }) => held.length > 0));
        backends.find(({ held }) => held.length > 0)?.held.shift()?.();
      }
      expect(await answers()).to.deep.equal([200, 200, 200, 200]);
    });

    it('shares them with other workers, one of which holds all of them', async () => {
      const backend = await slow();
      const other = new Gateway(gateway.shared);
      try {
        const port = await start([backend.port], { connections: 1 });
        const otherPort = await other.start([backend.port], {
          upstream: { protocol, limits: { connections: 1 }, connectTimeoutMs: 60_000 },
        });
        const first = ask(port);
        await eventually('it is there', () => backend.held.length === 1);
        backend.held.shift()?.();
        await first;
        const answer = ask(otherPort);
        await eventually('the idle one made way', () => backend.held.length === 1);
        backend.held.shift()?.();
        expect(await answer).to.contain('200 OK');
        expect([backend.made(), counted('connections')]).to.deep.equal([2, 1]);
      } finally {
        await other.close();
      }
    });

    it('lets all who wait hear that there is no connection', async () => {
      const port = await start([await deadPort()], { connections: 1 });
      for (let i = 0; i < 3; i++) void ask(port);
      expect(await answers()).to.deep.equal([502, 502, 502]);
      await eventually('nothing is counted', () => counted('pending') + counted('connections') === 0);
    });

    it('makes connections before there are requests', async () => {
      const backend = await slow();
      const kept = { idleMs: 60_000, maxRequests: 0, maxAgeMs: 0 };
      const port = await start([backend.port], { connections: 3 }, { pool: { ...kept, prewarm: 5 } });
      gateway.warm();
      const wanted = protocol === 'Http' ? 3 : 1;
      const idle = (): number | undefined => gateway.figures.get('u')?.idle;
      await eventually('they are there', () => backend.made() === wanted && idle() === wanted);
      void ask(port);
      await eventually('it is there', () => backend.held.length === 1);
      expect(gateway.figures.get('u')).to.deep.equal({ idle: wanted - 1, busy: 1, pending: 0 });
      backend.held.shift()?.();
      expect(await answers()).to.deep.equal([200]);
      expect(backend.made()).to.equal(wanted);
    });
  });
}
