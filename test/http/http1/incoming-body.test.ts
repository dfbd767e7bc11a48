import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { LoomError } from '../../../src/errors.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import { HeaderList } from '../../../src/http/headers.ts';
import { errorReply } from '../../../src/http/respond.ts';
import { eventually } from '../../support/wait.ts';
import { Flood } from '../flood.ts';
import { sendRaw, statuses } from '../raw-client.ts';
import { answer, get, ignore, last, Opened } from '../world.ts';

const plain = (): { status: number; headers: HeaderList } => ({ status: 200, headers: new HeaderList() });

describe('IncomingBody', () => {
  const http = new Opened();
  afterEach(() => http.close());

  it('asks for the body of Expect: 100-continue when it is first read', async () => {
    const held: Exchange[] = [];
    const port = await http.start((exchange) => held.push(exchange));
    const { socket, got } = await http.open(port);
    socket.write(
      `POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n${last}\r\n\r\n`,
    );
    const exchange = await eventually('it began', () => held[0]);
    expect(got()).to.equal('');
    let body = '';
    exchange.requestBody?.start({
      data: (chunk) => {
        body += chunk.toString();
        return true;
      },
      end: () => answer(exchange, body),
      fail: ignore,
    });
    await eventually('100', () => got().startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    socket.write('hi');
    await once(socket, 'close');
    expect(got()).to.match(/\r\n\r\nhi$/);
  });

  it('does not ask for a body that nobody reads, and closes', async () => {
    const port = await http.start((exchange) => answer(exchange));
    const received = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n',
    );
    expect(received)
      .to.match(/^HTTP\/1\.1 200 OK/)
      .and.match(/\r\nconnection: close\r\n/i);
  });

  it('stops reading a body without end once the answer is complete', async () => {
    const port = await http.start((exchange) => answer(exchange));
    const { socket } = await http.open(port);
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    const piece = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    const feed = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', feed);
    feed();
    await eventually('it is closed', () => socket.closed);
  });

  it('passes trailers of the request on', async () => {
    let trailers: HeaderList | undefined;
    const port = await http.start((exchange) =>
      exchange.requestBody?.start({
        data: () => true,
        end: (given) => {
          trailers = given;
          answer(exchange);
        },
        fail: ignore,
      }),
    );
    await sendRaw(
      port,
      `POST / HTTP/1.1\r\nHost: a\r\n${last}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 7\r\n\r\n`,
    );
    expect(trailers?.flat).to.deep.equal(['x-sum', '7']);
  });

  it('holds little of a response that its client does not read, and goes on when it does', async () => {
    const flood = new Flood(64 << 20);
    const port = await http.start((exchange) => exchange.wire.respond(plain(), flood, ignore));
    const socket = connect(port, '127.0.0.1');
    http.keep(socket);
    socket.write(get('/', last));
    let before = -1;
    await eventually('the flood stands still', () => {
      const still = flood.sent > 0 && flood.sent === before;
      before = flood.sent;
      return still;
    });
    // What the two sockets' buffers take, and no more.
    expect(flood.sent).to.be.lessThan(24 << 20);
    let received = 0;
    socket.on('data', (chunk) => (received += chunk.length));
    await once(socket, 'close');
    expect(received).to.be.greaterThan(64 << 20);
  });

  it('lets a client wait that sends faster than it is read', async () => {
    let taken = 0;
    const held: Exchange[] = [];
    const port = await http.start((exchange) => {
      held.push(exchange);
      exchange.requestBody?.start({
        data: (chunk) => {
          taken += chunk.length;
          return false;
        },
        end: () => answer(exchange, String(taken)),
        fail: ignore,
      });
    });
    const { socket, got } = await http.open(port);
    const size = 32 << 20;
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${last}\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(Buffer.alloc(size, 'x'));
    const exchange = await eventually('it began', () => held[0]);
    await eventually('the first piece', () => taken > 0);
    expect(taken).to.be.at.most(65_536);
    const pump = setInterval(() => exchange.requestBody?.resume(), 0);
    await once(socket, 'close');
    clearInterval(pump);
    expect(got()).to.match(new RegExp(`\r\n\r\n${size}$`));
  });

  for (const paused of [false, true]) {
    it(`gives up a body that stands still${paused ? ', also after a pause' : ''}`, async () => {
      const port = await http.start(
        (exchange) => {
          let pause = paused;
          exchange.requestBody?.start({
            data: () => {
              if (!pause) return true;
              pause = false;
              setImmediate(() => exchange.requestBody?.resume());
              return false;
            },
            end: ignore,
            fail: (error) => {
              const { head, body } = errorReply(error as LoomError, exchange);
              exchange.wire.respond(head, body, ignore);
            },
          });
        },
        { limits: { clientIdleMs: 100 } },
      );
      const received = await sendRaw(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc');
      expect(statuses(received)).to.deep.equal([408]);
    });
  }
});
