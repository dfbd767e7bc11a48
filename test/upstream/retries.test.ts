import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { sendRaw, statuses } from '../http/raw-client.ts';
import { get, last } from '../http/world.ts';
import { deadPort, Gateway } from './world.ts';

const send = (method: string, body = ''): string =>
  [`${method} / HTTP/1.1`, 'Host: a', last, `Content-Length: ${body.length}`, '', body].join('\r\n');
const bodyOf = (received: string): string => received.slice(received.indexOf('\r\n\r\n') + 4);

describe('Retries', () => {
  let gateway: Gateway;
  beforeEach(() => (gateway = new Gateway()));
  afterEach(() => gateway.close());

  /** Answers with that status the first times, and then 200 with the body that it got. */
  const flaky = (times: number, fail: (response: ServerResponse) => void): Promise<number> => {
    let left = times;
    return gateway.backend((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        if (left-- > 0) fail(response);
        else response.end(`ok ${body}`);
      });
    });
  };
  const status =
    (code: number, headers = {}) =>
    (response: ServerResponse): void =>
      void response.writeHead(code, headers).end('no');
  const reset = (response: ServerResponse): void => void response.destroy();

  it('asks again for a status that was named, at the same endpoint where there is no other', async () => {
    const port = await gateway.start([await flaky(2, status(503))], { retries: { statuses: [503] } });
    const received = await sendRaw(port, get('/', last));
    expect(statuses(received)).to.deep.equal([200]);
    expect(gateway.retried).to.deep.equal(['u status-503 failed', 'u status-503 answered']);
    expect(gateway.exchanges[0]?.attempts).to.equal(3);
  });

  it('gives the client the last response when the tries are used up', async () => {
    const port = await gateway.start([await flaky(9, status(503))], {
      retries: { statuses: [503], attempts: 1 },
    });
    const received = await sendRaw(port, get('/', last));
    expect(statuses(received)).to.deep.equal([503]);
    expect(bodyOf(received)).to.contain('no');
    expect(gateway.inFlight).to.deep.equal([0]);
  });

  it('goes to another endpoint each time', async () => {
    const seen: number[] = [];
    const ports = await Promise.all(
      [0, 1, 2].map((i) =>
        gateway.backend((_, response) => {
          seen.push(i);
          response.writeHead(500).end();
        }),
      ),
    );
    await sendRaw(await gateway.start(ports, { retries: { statuses: [500] } }), get('/', last));
    expect(seen.toSorted((a, b) => a - b)).to.deep.equal([0, 1, 2]);
  });

  it('passes other statuses on', async () => {
    const port = await gateway.start([await flaky(1, status(500))], { retries: { statuses: [503] } });
    expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([500]);
  });

  describe('a body', () => {
    for (const [what, fail] of [
      ['a status', status(503)],
      ['a reset', reset],
    ] as const) {
      it(`is sent again after ${what}`, async () => {
        const port = await gateway.start([await flaky(2, fail)], {
          retries: { statuses: [503], bodyBufferBytes: 100 },
        });
        expect(bodyOf(await sendRaw(port, send('PUT', 'hello')))).to.equal('ok hello');
        expect(gateway.exchanges[0]?.requestBytes).to.equal(5);
      });
    }

    it('in chunks is sent again', async () => {
      const port = await gateway.start([await flaky(1, status(503))], {
        retries: { statuses: [503], bodyBufferBytes: 100 },
      });
      const lines = ['PUT / HTTP/1.1', 'Host: a', last, 'Transfer-Encoding: chunked', '', ''];
      const received = await sendRaw(port, `${lines.join('\r\n')}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`);
      expect(bodyOf(received)).to.contain('ok abcdef');
    });

    it('that is larger than the buffer is not', async () => {
      const port = await gateway.start([await flaky(1, status(503))], {
        retries: { statuses: [503], bodyBufferBytes: 4 },
      });
      expect(statuses(await sendRaw(port, send('PUT', 'hello')))).to.deep.equal([503]);
      expect(gateway.retried).to.deep.equal([]);
    });

    it('of a method that may not be repeated is not, except where nothing was sent', async () => {
      const alive = await flaky(1, status(503));
      const port = await gateway.start([await deadPort(), alive], {
        retries: { statuses: [503], bodyBufferBytes: 100 },
      });
      const received = [await sendRaw(port, send('POST', 'x')), await sendRaw(port, send('POST', 'y'))];
      expect(received.flatMap(statuses)).to.deep.equal([503, 200]);
      expect(gateway.retried.every((told) => told.startsWith('u connect-failed'))).to.equal(true);
    });

    it('is sent again with any method that the policy names', async () => {
      const port = await gateway.start([await flaky(1, status(503))], {
        retries: { statuses: [503], bodyBufferBytes: 100, methods: ['POST'] },
      });
      expect(bodyOf(await sendRaw(port, send('POST', 'x')))).to.equal('ok x');
    });
  });

  it('asks again when a try takes too long, and only where timeouts are to be', async () => {
    for (const onTimeout of [true, false]) {
      let left = 1;
      const backend = await gateway.backend((_, response) => {
        if (left-- <= 0) response.end('ok');
      });
      const port = await gateway.start([backend], { timeouts: { perTryMs: 30 }, retries: { onTimeout } });
      expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([onTimeout ? 200 : 504]);
    }
    expect(gateway.retried).to.deep.equal(['u response-timeout answered']);
  });

  it('waits for a Retry-After up to its bound, and passes on a longer one', async () => {
    for (const [seconds, expected] of [
      ['0', 200],
      ['2', 503],
    ] as const) {
      const backend = await flaky(1, status(503, { 'retry-after': seconds }));
      const port = await gateway.start([backend], { retries: { statuses: [503], maxRetryAfterMs: 1000 } });
      expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([expected]);
    }
  });

  it('does without where the budget is used up, but not where nothing was sent', async () => {
    const alive = await flaky(1, status(503));
    const port = await gateway.start([await deadPort(), alive], {
      retries: { statuses: [503], budget: { percent: 0, floor: 0 } },
    });
    expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([503]);
    for (let i = 0; i < 2; i++) expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([200]);
    expect(gateway.retried).to.include('u status-503 over-budget').and.include('u connect-failed answered');
  });

  it('counts tries of the budget while they go on, and no longer', async () => {
    const waiting: ServerResponse[] = [];
    let first = true;
    const backend = await gateway.backend((_, response) => {
      if (first) {
        first = false;
        response.writeHead(503).end();
      } else waiting.push(response);
    });
    const port = await gateway.start([backend], {
      retries: { statuses: [503], budget: { percent: 0, floor: 1 } },
    });
    const one = sendRaw(port, get('/', last));
    while (waiting.length === 0) await new Promise(setImmediate);
    first = true;
    expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([503]);
    waiting.pop()?.end();
    expect(statuses(await one)).to.deep.equal([200]);
    first = true;
    const third = sendRaw(port, get('/', last));
    while (waiting.length === 0) await new Promise(setImmediate);
    waiting.pop()?.end();
    expect(statuses(await third)).to.deep.equal([200]);
  });

  it('does not ask again once the client has seen a part of the response', async () => {
    let asked = 0;
    const backend = await gateway.rawBackend((socket) =>
      socket.on('data', () => {
        asked++;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
        setImmediate(() => socket.resetAndDestroy());
      }),
    );
    const received = await sendRaw(await gateway.start([backend], { retries: {} }), get('/', last));
    expect(received).to.match(/\r\n\r\nabc$/);
    expect(asked).to.equal(1);
  });
});
