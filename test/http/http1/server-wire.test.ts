import { expect } from 'chai';
import type { BodySource } from '../../../src/http/body.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import { HeaderList } from '../../../src/http/headers.ts';
import { eventually } from '../../support/wait.ts';
import { Flood } from '../flood.ts';
import { sendRaw } from '../raw-client.ts';
import { get, ignore, last, Opened } from '../world.ts';

const plain = (): { status: number; headers: HeaderList } => ({ status: 200, headers: new HeaderList() });

describe('ServerWire', () => {
  const http = new Opened();
  afterEach(() => http.close());

  it('sends trailers behind a chunked response', async () => {
    const body: BodySource = {
      length: undefined,
      start: (sink) => {
        sink.data(Buffer.from('a'));
        sink.end(new HeaderList(['x-sum', '7']));
      },
      resume: ignore,
      cancel: ignore,
    };
    const port = await http.start((exchange) => exchange.wire.respond(plain(), body, ignore));
    expect(await sendRaw(port, get('/', last))).to.match(/\r\n\r\n1\r\na\r\n0\r\nx-sum: 7\r\n\r\n$/i);
  });

  it('sends no chunks and no trailers to a client of 1.0, and closes', async () => {
    const body: BodySource = {
      length: undefined,
      start: (sink) => {
        sink.data(Buffer.from('abc'));
        sink.end(new HeaderList(['x-sum', '7']));
      },
      resume: ignore,
      cancel: ignore,
    };
    const port = await http.start((exchange) => exchange.wire.respond(plain(), body, ignore));
    const received = await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n');
    expect(received)
      .to.match(/\r\n\r\nabc$/)
      .and.not.match(/transfer-encoding/i);
  });

  for (const [name, line, status] of [
    ['HEAD', 'HEAD', 200],
    ['204', 'GET', 204],
    ['304', 'GET', 304],
  ] as const) {
    it(`sends no body with ${name}`, async () => {
      const port = await http.start((exchange) =>
        exchange.wire.respond({ status, headers: new HeaderList() }, Buffer.from('body'), ignore),
      );
      const received = await sendRaw(port, `${line} / HTTP/1.1\r\nHost: a\r\n${last}\r\n\r\n`);
      expect(received)
        .to.match(new RegExp(`^HTTP/1\\.1 ${status} `))
        .and.match(/\r\nDate: .*\r\n/i);
      expect(received).to.match(/\r\n\r\n$/);
    });
  }

  it('tells the exchange and the body when the client leaves', async () => {
    const flood = new Flood(1 << 30);
    let exchange: Exchange | undefined;
    let ended: Error | undefined;
    const port = await http.start((given) => {
      exchange = given;
      given.wire.respond(plain(), flood, (error) => (ended = error));
    });
    const { socket } = await http.open(port);
    socket.pause();
    socket.write(get('/'));
    await eventually('it streams', () => flood.sent > 0);
    socket.destroy();
    await eventually('done', () => ended !== undefined);
    expect(ended).to.have.property('code', 'client-abort');
    expect(exchange?.aborted).to.equal(ended);
    expect(flood.cancelled).to.equal(ended);
  });

  it('cuts the connection when the response fails in the middle', async () => {
    const body: BodySource = {
      length: undefined,
      start: (sink) => {
        sink.data(Buffer.from('half'));
        setImmediate(() => sink.fail(new Error('gone')));
      },
      resume: ignore,
      cancel: ignore,
    };
    let ended: Error | undefined;
    const port = await http.start((exchange) =>
      exchange.wire.respond(plain(), body, (error) => (ended = error)),
    );
    const received = await sendRaw(port, get('/'));
    expect(received).to.not.match(/0\r\n\r\n$/);
    expect(ended).to.have.property('message', 'gone');
  });

  it('ends once, with internal, when a head cannot be written', async () => {
    const ended: (Error | undefined)[] = [];
    const port = await http.start((exchange) =>
      exchange.wire.respond(
        { status: 200, headers: new HeaderList(['x', 'a\nb']) },
        Buffer.from('x'),
        (error) => ended.push(error),
      ),
    );
    expect(await sendRaw(port, get('/'))).to.equal('');
    expect(ended).to.have.lengthOf(1);
    expect(ended[0]).to.have.property('code', 'internal');
  });
});
