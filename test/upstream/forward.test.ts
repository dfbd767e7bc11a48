import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { sendRaw, statuses } from '../http/raw-client.ts';
import { get, last } from '../http/world.ts';
import { deadPort, Gateway } from './world.ts';

const post = (body: string, ...lines: string[]): string =>
  ['POST / HTTP/1.1', 'Host: a', last, ...lines, '', body].join('\r\n');
const codeOf = (received: string): string | undefined => /\r\n\r\n([\w-]+): /.exec(received)?.[1];

describe('Forwarder', () => {
  let gateway: Gateway;
  beforeEach(() => (gateway = new Gateway()));
  afterEach(() => gateway.close());

  it('sends what was routed, with the Host of the client and without what belongs to its connection', async () => {
    let seen: unknown;
    const backend = await gateway.backend((request, response) => {
      const { method, url, headers } = request;
      seen = {
        method,
        url,
        host: headers.host,
        custom: headers['x-a'],
        te: headers['te'],
        named: headers['x-b'],
      };
      response.end();
    });
    const port = await gateway.start([backend]);
    await sendRaw(
      port,
      'GET /a/../b?q=%20 HTTP/1.1\r\nHost: Shop.Example:81\r\nX-A: 1\r\nTE: trailers\r\nX-B: 1\r\nConnection: close, te, x-b\r\n\r\n',
    );
    expect(seen).to.deep.equal({
      method: 'GET',
      url: '/b?q=%20',
      host: 'shop.example:81',
      custom: '1',
      te: undefined,
      named: undefined,
    });
  });

  it('gives back status, fields and body, without what belongs to the connection of the upstream', async () => {
    const backend = await gateway.rawBackend((socket) =>
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 201 Made\r\nX-Keep: 1\r\nX-Own: 1\r\nConnection: x-own\r\nKeep-Alive: 5\r\nContent-Length: 3\r\n\r\nabc',
        ),
      ),
    );
    const received = await sendRaw(await gateway.start([backend]), get('/', last));
    expect(received)
      .to.match(/^HTTP\/1\.1 201 /)
      .and.match(/\r\nx-keep: 1\r\n/)
      .and.match(/\r\n\r\nabc$/);
    expect(received).to.not.match(/x-own|keep-alive/i);
    const [exchange] = gateway.exchanges;
    expect(exchange).to.include({
      upstream: 'u',
      attempts: 1,
      endpoint: `127.0.0.1:${backend}`,
      upstreamStatus: 201,
      responseBytes: 3,
    });
  });

  for (const [name, bytes] of [
    ['with a length', post('abc', 'Content-Length: 3')],
    ['in chunks', post('3\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')],
  ] as const) {
    it(`sends a body ${name}`, async () => {
      const backend = await gateway.backend((request, response) => {
        void text(request).then((body) => response.end(`got ${body}`));
      });
      expect(await sendRaw(await gateway.start([backend]), bytes)).to.match(/got abc/);
      expect(gateway.exchanges[0]?.requestBytes).to.equal(3);
    });
  }

  it('passes trailers of the response on', async () => {
    const backend = await gateway.backend((_request, response) => {
      response.write('a');
      response.addTrailers({ 'x-sum': '7' });
      response.end();
    });
    expect(await sendRaw(await gateway.start([backend]), get('/', last))).to.match(/0\r\nx-sum: 7\r\n\r\n$/i);
  });

  it('tries the next endpoints when one cannot be reached, three in all', async () => {
    const alive = await gateway.backend((_request, response) => response.end('alive'));
    const dead = [await deadPort(), await deadPort(), await deadPort()];
    const port = await gateway.start([dead[0]!, dead[1]!, alive]);
    for (let i = 0; i < 3; i++) expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([200]);
    expect(gateway.inFlight).to.deep.equal([0, 0, 0]);
    const other = new Gateway();
    try {
      const received = await sendRaw(await other.start([...dead, await deadPort()]), get('/', last));
      expect([statuses(received), codeOf(received)]).to.deep.equal([[502], 'connect-failed']);
      expect(other.exchanges[0]?.attempts).to.equal(3);
    } finally {
      await other.close();
    }
  });

  it('sends the whole body to the second endpoint when the first cannot be reached', async () => {
    const alive = await gateway.backend((request, response) => {
      void text(request).then((body) => response.end(body));
    });
    const port = await gateway.start([await deadPort(), alive]);
    for (let i = 0; i < 2; i++)
      expect(await sendRaw(port, post('abc', 'Content-Length: 3'))).to.match(/\r\n\r\nabc$|\r\nabc\r\n/);
  });

  it('repeats a GET, and never a POST, when a kept connection turns out to be closed', async () => {
    let connections = 0;
    const requests: string[] = [];
    const backend = await gateway.rawBackend((socket) => {
      connections++;
      let served = 0;
      socket.on('data', (data) => {
        requests.push(data.toString().split(' ')[0] ?? '');
        if (served++ > 0) return socket.destroy();
        return socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const port = await gateway.start([backend]);
    expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([200]);
    expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([200]);
    expect([connections, requests]).to.deep.equal([2, ['GET', 'GET', 'GET']]);
    const received = await sendRaw(port, post('abc', 'Content-Length: 3'));
    expect([statuses(received), codeOf(received)]).to.deep.equal([[502], 'upstream-reset']);
    expect(requests).to.deep.equal(['GET', 'GET', 'GET', 'POST']);
  });

  it('refuses a body above the limit, told or in chunks', async () => {
    const backend = await gateway.backend((request, response) => {
      request.on('error', () => undefined).resume();
      request.on('end', () => response.end());
    });
    const port = await gateway.start([backend], { maxRequestBodyBytes: 4 });
    for (const bytes of [
      post('12345', 'Content-Length: 5'),
      post('5\r\n12345\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
    ])
      expect([statuses(await sendRaw(port, bytes))]).to.deep.equal([[413]]);
    expect(gateway.inFlight).to.deep.equal([0]);
  });

  for (const [code, status, timeouts, answer] of [
    ['response-timeout', 504, { responseMs: 300 }, ''],
    ['exchange-timeout', 504, { requestMs: 100 }, ''],
    ['upstream-protocol', 502, {}, 'HTTP/1.1 2x0 OK\r\n\r\n'],
    [
      'upstream-protocol',
      502,
      {},
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['upstream-protocol', 502, {}, 'SSH-2.0-x\r\n'],
    ['upstream-protocol', 502, {}, `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(300_000)}\r\n\r\n`],
  ] as const) {
    it(`answers ${status} ${code} to ${JSON.stringify(answer.slice(0, 40)) || 'silence'}`, async () => {
      const backend = await gateway.rawBackend((socket) => socket.once('data', () => socket.write(answer)));
      const received = await sendRaw(
        await gateway.start([backend], { timeouts }),
        post('', 'Content-Length: 0'),
      );
      expect([statuses(received), codeOf(received)]).to.deep.equal([[status], code]);
      expect(gateway.inFlight).to.deep.equal([0]);
    });
  }

  for (const [name, timeouts] of [
    ['the upstream falls silent', { idleMs: 500 }],
    ['the whole exchange takes too long', { requestMs: 1000 }],
  ] as const) {
    it(`cuts the response when ${name} in the middle of it`, async () => {
      const backend = await gateway.rawBackend((socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')),
      );
      const received = await sendRaw(await gateway.start([backend], { timeouts }), get('/', last));
      expect(received).to.match(/\r\n\r\nabc$/);
      await eventually('the end was told', () => gateway.ended.length === 1);
      expect(gateway.ended[0]).to.have.property(
        'code',
        timeouts === undefined ? '' : 'idleMs' in timeouts ? 'idle-timeout' : 'exchange-timeout',
      );
      expect(gateway.inFlight).to.deep.equal([0]);
    });
  }

  for (const when of ['before', 'after'] as const) {
    it(`ends the request upstream when the client leaves ${when} the head of the response`, async () => {
      let closed = false;
      let seen = false;
      const backend = await gateway.rawBackend((socket) => {
        socket.on('close', () => (closed = true));
        socket.once('data', () => {
          seen = true;
          if (when === 'after') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
        });
      });
      const { socket, got } = await gateway.opened.open(await gateway.start([backend]));
      socket.write(get('/'));
      await eventually('it went on its way', () => (when === 'after' ? got().endsWith('abc') : seen));
      socket.destroy();
      await eventually('the upstream was told', () => closed);
      expect(gateway.inFlight).to.deep.equal([0]);
    });
  }

  it('tells the breaker once per request: opens it after its failures, then refuses with Retry-After', async () => {
    const circuitBreaker = { failureThreshold: 2, successThreshold: 1, timeoutMs: 60_000 };
    const port = await gateway.start([await deadPort()], { upstream: { circuitBreaker } });
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const received = await sendRaw(port, get('/', last));
      seen.push([statuses(received)[0], codeOf(received), /retry-after: 60\r\n/.test(received)]);
    }
    expect(seen).to.deep.equal([
      [502, 'connect-failed', false],
      [502, 'connect-failed', false],
      [503, 'breaker-open', true],
    ]);
  });

  it('tries the endpoint first that a plugin chose, where it is there, and others after it', async () => {
    const name = (body: string) => gateway.backend((_request, response) => response.end(body));
    const [one, two, dead] = [await name('one'), await name('two'), await deadPort()];
    for (const [preferred, answers] of [
      [two, ['two', 'two', 'two']],
      [1, ['one', 'two', 'one']],
    ] as const) {
      const port = await gateway.start([one, two], { preferred: `127.0.0.1:${preferred}` });
      for (const answer of answers)
        expect(await sendRaw(port, get('/', last))).to.match(new RegExp(`${answer}$`));
    }
    const port = await gateway.start([one, dead], { preferred: `127.0.0.1:${dead}` });
    expect(await sendRaw(port, get('/', last))).to.match(/one$/);
  });

  it('finds the endpoint that a plugin chose also where it has just come', async () => {
    const name = (body: string) => gateway.backend((_request, response) => response.end(body));
    const [one, two] = [await name('one'), await name('two')];
    const port = await gateway.start([one], { preferred: `127.0.0.1:${two}`, newest: [one, two] });
    for (let i = 0; i < 3; i++) expect(await sendRaw(port, get('/', last))).to.match(/two$/);
  });

  it('does not blame the upstream for fields that HTTP cannot carry', async () => {
    const circuitBreaker = { failureThreshold: 1, successThreshold: 1, timeoutMs: 60_000 };
    const backend = await gateway.backend((_request, response) => response.end());
    const port = await gateway.start([backend], { upstream: { circuitBreaker } });
    const { cluster } = gateway;
    const choose = cluster.pick.bind(cluster);
    cluster.pick = (skip) => {
      gateway.exchanges.at(-1)?.request.headers.set('x-plugin', 'a\r\nb');
      return choose(skip);
    };
    const received = await sendRaw(port, get('/', last));
    expect([statuses(received), codeOf(received)]).to.deep.equal([[500], 'internal']);
    expect([cluster.breaker?.state, gateway.inFlight]).to.deep.equal(['closed', [0]]);
  });

  it('holds little of a body that its upstream does not read', async () => {
    let sent = 0;
    const backend = await gateway.rawBackend((socket) => socket.pause());
    const port = await gateway.start([backend]);
    const { socket } = await gateway.opened.open(port);
    const total = 64 << 20;
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`);
    socket.write(Buffer.alloc(total, 'x'));
    let before = -1;
    await eventually('the body stands still', () => {
      sent = gateway.exchanges[0]?.requestBytes ?? 0;
      const still = sent > 0 && sent === before;
      before = sent;
      return still;
    });
    expect(sent).to.be.lessThan(24 << 20);
  });

  it('holds little of a response that its client does not read', async () => {
    let written = 0;
    const piece = Buffer.alloc(65_536, 'x');
    const backend = await gateway.rawBackend((socket) => {
      const pour = (): void => {
        while (written < 128 << 20) {
          written += piece.length;
          if (!socket.write(piece)) return;
        }
      };
      socket.on('drain', pour);
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${128 << 20}\r\n\r\n`);
        pour();
      });
    });
    const { socket } = await gateway.opened.open(await gateway.start([backend]));
    socket.pause();
    socket.write(get('/'));
    let before = -1;
    await eventually('the response stands still', () => {
      const bytes = gateway.exchanges[0]?.responseBytes ?? 0;
      const still = bytes > 0 && bytes === before;
      before = bytes;
      return still;
    });
    expect(before).to.be.lessThan(24 << 20);
  });
});
