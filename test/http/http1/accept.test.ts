import { once } from 'node:events';
import { expect } from 'chai';
import { eventually } from '../../support/wait.ts';
import { answer, last, Opened } from '../world.ts';

describe('connections that read into one buffer', () => {
  const http = new Opened();
  afterEach(() => http.close());

  it('keep apart what comes in pieces on many of them at once', async () => {
    const port = await http.start((exchange) => {
      let body = '';
      exchange.requestBody?.start({
        data: (piece) => {
          body += piece.toString('latin1');
          return true;
        },
        end: () => answer(exchange, `${exchange.request.headers.get('x-who')}:${body}`),
        fail: () => undefined,
      });
    });
    const clients = await Promise.all(Array.from({ length: 40 }, () => http.open(port)));
    const messages = clients.map((_, i) => {
      const body = String.fromCharCode(0x41 + (i % 26)).repeat(500 + i);
      return `POST / HTTP/1.1\r\nHost: a\r\nX-Who: ${i}\r\n${last}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    });
    const closed = clients.map(({ socket }) => once(socket, 'close'));
    // A few bytes of each in turn: heads and bodies are cut at every place.
    for (let at = 0; messages.some((message) => at < message.length); at += 37) {
      for (const [i, { socket }] of clients.entries()) {
        const piece = messages[i]?.slice(at, at + 37);
        if (piece) socket.write(piece, 'latin1');
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(closed);
    for (const [i, { got }] of clients.entries()) {
      expect(got().split('\r\n\r\n')[1]).to.equal(`${i}:${messages[i]?.split('\r\n\r\n')[1]}`);
    }
  });

  it('are counted out of their server, so that a stop ends', async () => {
    const port = await http.start((exchange) => answer(exchange));
    const { socket, got } = await http.open(port);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually('an answer', () => got() !== '');
    await http.listener?.stop();
    await eventually('it is closed', () => socket.closed);
  });

  it('end those whose client takes nothing', async () => {
    let ended: Error | undefined;
    const port = await http.start(
      (exchange) => answer(exchange, 'x'.repeat(64 << 20), (error) => (ended = error)),
      { limits: { clientIdleMs: 200 } },
    );
    const { socket } = await http.open(port);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually('it was given up', () => ended !== undefined);
    expect(ended).to.have.property('code', 'client-abort');
  });
});
