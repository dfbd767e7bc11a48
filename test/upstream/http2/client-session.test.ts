import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect } from 'chai';
import { LoomError } from '../../../src/errors.ts';
import { ClientSession } from '../../../src/upstream/http2/client-session.ts';
import { Transport } from '../../../src/upstream/transport.ts';
import { ack, frame, FramePeer, frameType, word } from '../../support/frame-peer.ts';
import { eventually } from '../../support/wait.ts';

/** Beyond the silence after which a peer is asked for a sign, and the time that it has to give one. */
const silenceMs = 302_000;
const patienceMs = 21_000;

describe('ClientSession', () => {
  let server: Server;
  let peer: FramePeer | undefined;
  let session: ClientSession;
  let gone: number;
  beforeEach(async () => {
    gone = 0;
    peer = undefined;
    server = createServer((socket) => {
      // SETTINGS_MAX_CONCURRENT_STREAMS
      peer = FramePeer.accept(socket, [3, 2]);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const opened = Promise.withResolvers<void>();
    const owner = { roomy: () => opened.resolve(), gone: () => void gone++ };
    const transport = new Transport({ protocol: 'H2c', connectTimeoutMs: 30_000 });
    session = new ClientSession(transport, '127.0.0.1', port, owner);
    await opened.promise;
  });
  afterEach(() => {
    peer?.destroy();
    session.destroy(new LoomError('draining'));
    server.close();
  });
  const ping = (): Promise<unknown> => eventually('a ping', () => peer?.find(frameType.ping, 0));

  it('takes as many streams as the peer allows', () => {
    session.enter();
    expect(session.hasRoom).to.equal(true);
    session.enter();
    expect(session.hasRoom).to.equal(false);
    session.leave();
    expect(session.hasRoom).to.equal(true);
  });

  it('asks a peer that is silent while streams wait, and gives up one that does not answer', async () => {
    const now = performance.now();
    session.enter();
    session.sweep(now);
    session.sweep(now + silenceMs);
    await ping();
    session.sweep(now + silenceMs + 1000);
    expect(session.failure).to.equal(undefined);
    session.sweep(now + silenceMs + patienceMs);
    expect(session.failure).to.have.property('code', 'upstream-reset');
    expect(String(session.failure?.message)).to.contain('no answer to a ping');
    expect(gone).to.equal(1);
  });

  it('keeps a peer that answers', async () => {
    const now = performance.now();
    session.enter();
    session.sweep(now);
    session.sweep(now + silenceMs);
    await ping();
    const sent = peer?.find(frameType.ping, 0);
    peer?.send(frame(frameType.ping, ack, 0, sent?.payload));
    // The answer of this side to another ping shows that the first one has been read.
    peer?.send(frame(frameType.ping, 0, 0, Buffer.concat([word(1), word(2)])));
    await eventually('an answer', () => peer?.frames.some(({ type, flags }) => type === 6 && flags === ack));
    session.sweep(now + silenceMs + patienceMs);
    expect(session.failure).to.equal(undefined);
  });

  it('does not ask while nothing waits', async () => {
    const now = performance.now();
    session.sweep(now);
    session.sweep(now + 40_000);
    peer?.send(frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    await eventually('an answer', () => peer?.find(frameType.ping, 0)?.flags === ack);
    expect(peer?.frames.filter(({ type }) => type === frameType.ping).length).to.equal(1);
  });

  it('leaves what has been idle for long', async () => {
    session.sweep(performance.now() + 56_000);
    expect(session.hasRoom).to.equal(false);
    await eventually('it is closed', () => peer?.isClosed);
  });
});
