import { connect } from 'node:tls';
import { expect } from 'chai';
import { CertificateStore } from '../../src/http/certificates.ts';
import { TicketKeys } from '../../src/http/ticket-keys.ts';
import { makeTlsPair, type TlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { answer, get, ignore, last, startListener } from './world.ts';

interface Visit {
  readonly reused: boolean;
  readonly session: Buffer;
}

describe('TicketKeys', () => {
  let pair: TlsPair;
  before(() => (pair = makeTlsPair()));

  const open: { destroy(): void }[] = [];
  afterEach(() => open.splice(0).forEach((listener) => listener.destroy()));

  const start = async (ticketKeys: TicketKeys): Promise<{ port: number; certificates: CertificateStore }> => {
    const certificates = new CertificateStore();
    certificates.set([{ id: 'c', hosts: [], ...pair }]);
    const parts = { protocol: 'https', certificates, ticketKeys } as const;
    const { listener, port } = await startListener((exchange) => answer(exchange), parts);
    open.push(listener);
    return { port, certificates };
  };
  const visit = async (port: number, version: 'TLSv1.2' | 'TLSv1.3', session?: Buffer): Promise<Visit> => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      ...(session && { session }),
    });
    let given = session;
    let reused = false;
    socket.once('secureConnect', () => (reused = socket.isSessionReused()));
    socket.on('session', (one: Buffer) => (given = one)).on('error', ignore);
    socket.write(get('/', last));
    socket.resume();
    await eventually('the end', () => socket.destroyed);
    if (!given) throw new Error('no session was given');
    return { reused, session: given };
  };

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`let every worker resume the sessions of the others (${version})`, async () => {
      const keys = new TicketKeys();
      // As workers have them: by the memory alone.
      const [one, two] = [await start(new TicketKeys(keys.buffer)), await start(new TicketKeys(keys.buffer))];
      const stranger = await start(new TicketKeys());
      const { session } = await visit(one.port, version);
      expect((await visit(two.port, version, session)).reused).to.equal(true);
      expect((await visit(stranger.port, version, session)).reused).to.equal(false);
      one.certificates.set([{ id: 'c', hosts: ['other.test'], ...pair }]);
      expect((await visit(one.port, version, session)).reused, 'after a swap').to.equal(true);
    });

    it(`are replaced under listeners that stand (${version})`, async () => {
      const keys = new TicketKeys();
      const { port } = await start(new TicketKeys(keys.buffer));
      const { session } = await visit(port, version);
      keys.rotate();
      await eventually('old tickets are void', async () => !(await visit(port, version, session)).reused);
      const next = await visit(port, version);
      expect((await visit(port, version, next.session)).reused).to.equal(true);
    });
  }
});
