import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { Admission } from '../../src/http/admission.ts';
import { CertificateStore } from '../../src/http/certificates.ts';
import { ConnectionCensus } from '../../src/http/connection-census.ts';
import { makeTlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { statuses } from './raw-client.ts';
import { answer, get, last, Opened } from './world.ts';

describe('Admission', () => {
  const http = new Opened();
  afterEach(() => http.close());

  for (const [reason, caps] of [
    ['max-connections', { maxConnections: 2 }],
    ['max-connections-per-address', { maxConnectionsPerAddress: 2 }],
  ] as const) {
    it(`closes what is above ${reason}, and lets others in when one has left`, async () => {
      const census = new ConnectionCensus(1, 0);
      const refused: string[] = [];
      const port = await http.start((exchange) => answer(exchange), {
        admission: new Admission(caps, census, 3),
        refused: (...told) => void refused.push(told.join(' ')),
      });
      const asks = async (): Promise<{ socket: Socket; answered: boolean }> => {
        const { socket, got } = await http.open(port);
        socket.write(get('/'));
        await eventually('it is decided', () => socket.closed || got() !== '');
        return { socket, answered: statuses(got())[0] === 200 };
      };
      const first = await asks();
      expect([first, await asks(), await asks()].map(({ answered }) => answered)).to.deep.equal([
        true,
        true,
        false,
      ]);
      expect(refused).to.deep.equal([`test ${reason} 127.0.0.1`]);
      first.socket.write(get('/', last));
      await once(first.socket, 'close');
      await eventually('it is counted out', () => census.ofListener(3) === 1);
      expect((await asks()).answered).to.equal(true);
    });
  }

  it('counts connections that go on with HTTP/2 until they end', async () => {
    const census = new ConnectionCensus(1, 0);
    const admission = new Admission({ maxConnections: 9 }, census, 0);
    const port = await http.start((exchange) => answer(exchange), { admission });
    const { socket, got } = await http.open(port);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
    await eventually('SETTINGS come', () => got() !== '');
    expect(census.ofListener(0)).to.equal(1);
    socket.destroy();
    await eventually('it is counted out', () => census.ofListener(0) === 0);
  });

  it('counts before the handshake of TLS', async () => {
    const census = new ConnectionCensus(1, 0);
    const certificates = new CertificateStore();
    certificates.set([{ id: 'c', hosts: [], ...makeTlsPair() }]);
    const admission = new Admission({ maxConnections: 1 }, census, 0);
    const port = await http.start((exchange) => answer(exchange), {
      admission,
      certificates,
      protocol: 'https',
      limits: { headerTimeoutMs: 1000 },
    });
    const { socket } = await http.open(port);
    await eventually('it is counted in', () => census.ofListener(0) === 1);
    const second = await http.open(port);
    await once(second.socket, 'close');
    await eventually('a handshake that does not come has ended', () => census.ofListener(0) === 0);
    expect(socket.closed).to.equal(true);
    const secured = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    http.keep(secured);
    secured.write(get('/', last));
    const [some] = (await once(secured, 'data')) as [Buffer];
    expect(statuses(some.toString())).to.deep.equal([200]);
    await eventually('it is counted out', () => census.ofListener(0) === 0);
  });
});

describe('ConnectionCensus', () => {
  it('sums the counts of workers, and forgets those of one that has ended', () => {
    const first = new ConnectionCensus(2, 0);
    const second = new ConnectionCensus(2, 1, first.buffer);
    first.count(0, '192.0.2.1', 1);
    second.count(0, '192.0.2.1', 1);
    second.count(1, '2001:db8::1', 1);
    expect([first.ofListener(0), first.ofListener(1)]).to.deep.equal([2, 1]);
    expect([first.ofAddress('192.0.2.1'), first.ofAddress('2001:db8::1')]).to.deep.equal([2, 1]);
    first.lost(1);
    expect([second.ofListener(0), second.ofListener(1)]).to.deep.equal([1, 0]);
    expect(second.ofAddress('192.0.2.1')).to.equal(1);
  });
});
