import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { ListeningSockets } from '../../src/http/listening-sockets.ts';
import { eventually } from '../support/wait.ts';

describe('ListeningSockets', () => {
  const clients: Socket[] = [];
  const servers: ListeningSockets[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  const open = async (
    accepted: (socket: Socket) => void,
    dropped = (): void => undefined,
  ): Promise<[ListeningSockets, number]> => {
    const server = new ListeningSockets({
      accepted: (socket) => {
        socket.on('error', () => undefined).on('end', () => socket.end());
        socket.resume();
        accepted(socket);
      },
      dropped,
    });
    servers.push(server);
    return [server, (await server.listen('127.0.0.1', 0)).port];
  };
  const connectTo = (port: number): Socket => {
    const client = connect(port, '127.0.0.1').on('error', () => undefined);
    clients.push(client);
    return client;
  };

  it('takes several connections in one round of the event loop', async () => {
    let [round, accepted] = [0, 0];
    const byRound: number[] = [];
    const [, port] = await open(() => {
      accepted++;
      byRound[round] = (byRound[round] ?? 0) + 1;
    });
    for (let i = 0; i < 100; i++) connectTo(port);
    const next = (): void => {
      round++;
      if (accepted < 100) setImmediate(next);
    };
    next();
    await eventually('all are in', () => accepted === 100);
    expect(Math.max(...byRound.filter(Boolean))).to.be.above(3);
  });

  it('closes connections while it refuses them, and says so for each', async () => {
    let [accepted, dropped] = [0, 0];
    const [server, port] = await open(
      () => accepted++,
      () => dropped++,
    );
    server.refuse(true);
    await Promise.all(Array.from({ length: 40 }, () => once(connectTo(port), 'close')));
    expect([accepted, dropped]).to.deep.equal([0, 40]);
    server.refuse(false);
    connectTo(port);
    await eventually('one is let in', () => accepted === 1);
  });

  it('closes when its last connection does, and is away for new ones at once', async () => {
    const [server, port] = await open(() => undefined);
    const client = connectTo(port);
    await once(client, 'connect');
    const closed = server.close();
    const [error] = (await once(connect(port, '127.0.0.1'), 'error').catch((e: unknown) => [e])) as [
      NodeJS.ErrnoException,
    ];
    expect(error.code).to.equal('ECONNREFUSED');
    client.end();
    await closed;
  });

  it('says what the system says of an address that another has', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const server = new ListeningSockets({ accepted: () => undefined, dropped: () => undefined });
    const error = await server.listen('127.0.0.1', port).catch((e: unknown) => e);
    expect(error).to.include({ code: 'EADDRINUSE' });
    await server.close();
    other.close();
  });
});
