import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6, type AddressInfo } from 'node:net';
import type { UdpAddress } from '../connection/path.ts';

/** What the kernel keeps while this thread does something else. */
const kernelBufferBytes = 4 << 20;

/** A UDP socket that all workers can bind (SO_REUSEPORT). */
export class UdpSocket {
  readonly #socket: Socket;

  /** `host`: an IP address, or empty for all of the machine. `received` may overwrite what it gets. */
  constructor(
    host: string,
    received: (datagram: Buffer, from: UdpAddress) => void,
    failed: (error: Error) => void,
  ) {
    const isV6 = host === '' || isIPv6(host);
    const type = isV6 ? 'udp6' : 'udp4';
    this.#socket = createSocket({
      type,
      reusePort: true,
      recvBufferSize: kernelBufferBytes,
      sendBufferSize: kernelBufferBytes,
      // Addresses are addresses: nothing is to be looked up, and no packet to wait for it.
      lookup: (address, _options, done) => done(null, address, isV6 ? 6 : 4),
    });
    this.#socket.on('message', (datagram: Buffer, info: RemoteInfo) => received(datagram, plain(info)));
    this.#socket.on('error', failed);
    this.#isMapped = type === 'udp6';
  }

  readonly #isMapped: boolean;

  /** Rejects with the reason of the kernel. */
  async bind(host: string, port: number): Promise<AddressInfo> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.once('error', reject);
    this.#socket.bind({ port, ...(host !== '' && { address: host }) }, () => resolve());
    await promise;
    this.#socket.off('error', reject);
    return this.#socket.address();
  }

  /** The bytes must stay as they are until they have left. */
  send(bytes: Buffer, { address, port, family }: UdpAddress): void {
    const to = this.#isMapped && family === 'IPv4' ? `::ffff:${address}` : address;
    // A datagram that cannot be sent is one that is lost.
    this.#socket.send(bytes, port, to);
  }

  close(): void {
    this.#socket.close();
  }
}

/** An IPv4 peer of an IPv6 socket by its IPv4 address. */
const plain = ({ address, port, family }: RemoteInfo): UdpAddress =>
  address.startsWith('::ffff:')
    ? { address: address.slice(7), port, family: 'IPv4' }
    : { address, port, family };
