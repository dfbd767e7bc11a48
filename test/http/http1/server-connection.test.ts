import { once } from 'node:events';
import { expect } from 'chai';
import type { Exchange } from '../../../src/http/exchange.ts';
import { eventually } from '../../support/wait.ts';
import { statuses } from '../raw-client.ts';
import { answer, get, last, Opened } from '../world.ts';

describe('ServerConnection', () => {
  const http = new Opened();
  afterEach(() => http.close());

  it('answers pipelined requests in their order, each after the one before it', async () => {
    const held: Exchange[] = [];
    const port = await http.start((exchange) => held.push(exchange));
    const { socket, got } = await http.open(port);
    socket.write(get('/1') + get('/2') + get('/3', last));
    for (const path of ['/1', '/2', '/3']) {
      const exchange = await eventually(`${path} began`, () => held.shift());
      expect(exchange.request.path).to.equal(path);
      expect(held).to.deep.equal([]);
      answer(exchange, path);
    }
    await once(socket, 'close');
    expect([...got().matchAll(/\r\n\r\n(\/\d)/g)].map(([, path]) => path)).to.deep.equal(['/1', '/2', '/3']);
  });

  it('starts nothing of a pipeline whose client has left', async () => {
    const held: Exchange[] = [];
    const port = await http.start((exchange) => held.push(exchange));
    const { socket } = await http.open(port);
    socket.write(get('/1') + get('/2'));
    const first = await eventually('/1 began', () => held[0]);
    socket.destroy();
    await eventually('/1 was aborted', () => first.aborted !== undefined);
    let ended: Error | undefined;
    answer(first, 'late', (error) => (ended = error));
    expect(ended).to.have.property('code', 'client-abort');
    expect(held).to.have.lengthOf(1);
  });

  it('lets a pipeline of any length wait as bytes, and answers all of it', async () => {
    let answered = 0;
    const port = await http.start((exchange) => {
      expect(exchange.request.path).to.equal(`/${answered++}`);
      setImmediate(() => answer(exchange));
    });
    const { socket, got } = await http.open(port);
    const paths = Array.from({ length: 5000 }, (_, i) => `/${i}`);
    socket.write(paths.map((path) => get(path)).join(''));
    await eventually('all are answered', () => statuses(got()).length === paths.length);
  });

  it('lets the next request of a client wait whose last one was shed', async () => {
    const begun: string[] = [];
    const port = await http.start((exchange) => {
      begun.push(exchange.request.path);
      if (exchange.request.path === '/shed') exchange.errorCode = 'overloaded';
      answer(exchange);
    });
    const { socket, got } = await http.open(port);
    socket.write(get('/shed'));
    await eventually('it is answered', () => statuses(got()).length === 1);
    socket.write(get('/next', last));
    const others = await http.open(port);
    others.socket.write(get('/other'));
    await eventually('others are answered', () => statuses(others.got()).length === 1);
    expect(begun).to.deep.equal(['/shed', '/other']);
    await once(socket, 'close');
    expect(begun).to.deep.equal(['/shed', '/other', '/next']);
    expect(statuses(got())).to.deep.equal([200, 200]);
  });

  it('answers garbage behind a request after the response to that request', async () => {
    const held: Exchange[] = [];
    const port = await http.start((exchange) => (exchange.refusal ? answer(exchange) : held.push(exchange)));
    const { socket, got } = await http.open(port);
    socket.write(`${get('/slow')}\0\r\n\r\n`);
    const exchange = await eventually('/slow began', () => held[0]);
    answer(exchange, 'mine');
    await once(socket, 'close');
    expect(statuses(got())).to.deep.equal([200, 400]);
  });

  it('still answers the first request of a connection that was made before a drain', async () => {
    const port = await http.start((exchange) => answer(exchange));
    const fresh = await http.open(port);
    // Connections are accepted in their order: once the second is answered, the first has been.
    const second = await http.open(port);
    second.socket.write(get('/'));
    await eventually('the second is answered', () => statuses(second.got()).length === 1);
    const stopped = http.listener?.stop();
    fresh.socket.write(get('/'));
    await once(fresh.socket, 'close');
    expect(statuses(fresh.got())).to.deep.equal([200]);
    expect(fresh.got().toLowerCase()).to.include('connection: close');
    await stopped;
  });

  it('keeps the connection for the next request', async () => {
    const port = await http.start((exchange) => answer(exchange));
    const { socket, got } = await http.open(port);
    for (let i = 1; i <= 3; i++) {
      socket.write(get('/'));
      await eventually(`answer ${i}`, () => statuses(got()).length === i);
    }
    expect(socket.closed).to.equal(false);
  });
});
