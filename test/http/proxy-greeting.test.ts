import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { CertificateStore } from '../../src/http/certificates.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { makeTlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { answer, get, ignore, last, Opened } from './world.ts';

const line = 'PROXY TCP4 192.0.2.9 10.0.0.1 4711 443\r\n';
const version2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc00002090a000001126701bb', 'hex');
const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');

describe('the PROXY protocol of a listener', () => {
  const http = new Opened();
  const refusals: string[] = [];
  beforeEach(() => (refusals.length = 0));
  afterEach(() => http.close());

  const start = (parts: Parameters<Opened['start']>[1] = {}): Promise<number> =>
    http.start(
      (exchange: Exchange) => {
        const { client, local: here, request } = exchange;
        const forwarded = request.headers.joined('x-forwarded-for');
        answer(exchange, `${client.address}:${client.port} ${here.address}:${here.port} ${forwarded}`);
      },
      {
        proxyProtocol: true,
        refused: (_listener, reason, detail) => refusals.push(`${reason} ${detail}`),
        ...parts,
      },
    );
  const open = (port: number): Socket => {
    const socket = connect(port, '127.0.0.1');
    http.keep(socket);
    return socket.on('error', ignore);
  };
  /** The body of the answer to one request on that connection, or the empty string when it is closed instead. */
  const ask = async (socket: Socket, before: string | Buffer = ''): Promise<string> => {
    let got = '';
    socket.on('data', (chunk: Buffer) => (got += chunk.toString()));
    socket.write(Buffer.concat([Buffer.from(before), Buffer.from(get('/', last))]));
    await eventually('the end', () => socket.destroyed);
    return got.split('\r\n\r\n')[1] ?? '';
  };
  const told = '192.0.2.9:4711 10.0.0.1:443 192.0.2.9';

  for (const [what, header] of [
    ['version 1', line],
    ['version 2', version2],
  ] as const) {
    it(`tells the peers by ${what}, with the request in the same packet`, async () => {
      expect(await ask(open(await start()), header)).to.equal(told);
    });

    it(`tells the peers by ${what} before TLS`, async () => {
      const certificates = new CertificateStore();
      certificates.set([{ id: 'c', hosts: [], ...makeTlsPair() }]);
      const lower = open(await start({ protocol: 'https', certificates }));
      await once(lower, 'connect');
      lower.write(header);
      const socket = connectTls({ socket: lower, rejectUnauthorized: false });
      expect(await ask(socket)).to.equal(told);
    });
  }

  it('waits for a header that comes in pieces', async () => {
    const socket = open(await start());
    for (const byte of line.slice(0, -1)) await new Promise((done) => socket.write(byte, done));
    expect(await ask(socket, '\n')).to.equal(told);
  });

  it('keeps the real peers where the proxy speaks for itself', async () => {
    const port = await start();
    expect(await ask(open(port), local)).to.match(new RegExp(`^127.0.0.1:\\d+ 127.0.0.1:${port} 127.0.0.1$`));
  });

  it('lets only trusted proxies connect where there are any, and trusts by what they tell', async () => {
    expect(await ask(open(await start({ trusted: ['127.0.0.1'] })), line)).to.equal(told);
    http.listener?.destroy();
    expect(await ask(open(await start({ trusted: ['10.0.0.0/8'] })), line)).to.equal('');
    expect(refusals).to.deep.equal(['proxy-protocol 127.0.0.1: is not one of trusted_proxies']);
  });

  it('closes a connection without a header, and no other', async () => {
    const port = await start();
    const neighbour = open(port);
    neighbour.write(line);
    expect(await ask(open(port))).to.equal('');
    expect(refusals.join()).to.match(/^proxy-protocol 127\.0\.0\.1: .* does not begin with a PROXY header$/);
    expect(await ask(neighbour)).to.equal(told);
  });

  it('gives up a header that does not arrive, and one that is broken off', async () => {
    const port = await start({ limits: { headerTimeoutMs: 500 } });
    const socket = open(port);
    await once(socket.resume(), 'close');
    const broken = open(port);
    broken.resume().end('PROXY TCP4');
    await once(broken, 'close');
    expect(refusals.map((text) => text.split(': ')[1])).to.deep.equal([
      'the PROXY header did not arrive in time',
      'the connection ended within the PROXY header',
    ]);
  });

  it('does not hold up a drain', async () => {
    const socket = open(await start());
    await once(socket, 'connect');
    socket.resume().write('PROXY');
    await http.listener?.stop();
    expect(refusals).to.deep.equal([]);
  });
});
