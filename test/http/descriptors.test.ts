import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { descriptors, Descriptors } from '../../src/http/descriptors.ts';

describe('file descriptors', () => {
  it('are told by the number of a connection: clients give way first, then upstreams', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    const { fd } = (socket as unknown as Record<'_handle', { readonly fd: number }>)['_handle'];
    const verdicts = [fd + 12, fd + 13, fd + 32, fd + 33].map((limit) => {
      const tight = new Descriptors(limit);
      return [tight.areForClient(socket), tight.areForUpstream(socket)];
    });
    expect(verdicts).to.deep.equal([
      [false, false],
      [false, true],
      [false, true],
      [true, true],
    ]);
    const boundless = new Descriptors(Infinity); // where the system does not say
    expect([boundless.areForClient(socket), boundless.areForUpstream(socket)]).to.deep.equal([true, true]);
    socket.destroy();
    server.close();
  });

  it('are bounded by what the system says of this process', () => {
    expect(descriptors.limit).to.be.above(process.platform === 'linux' ? 64 : 0);
  });
});
