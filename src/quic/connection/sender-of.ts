import type { Connection } from './connection.ts';
import { maxDatagramBytes } from './datagram-builder.ts';
import type { ConnectionHost, ConnectionSeed } from './options.ts';
import { PacketSender } from './packet-sender.ts';

/** By how much the header of IPv6 is longer. */
const longerIpHeader = 20;

/** The sender of a connection whose other parts are there; `id`: ours, of the handshake. */
export function senderOf(
  connection: Connection,
  seed: ConnectionSeed,
  host: ConnectionHost,
  id: Buffer,
): PacketSender {
  const { spaces, loss, outbox, streams, peerIds, migration } = connection;
  return new PacketSender(
    {
      spaces,
      loss,
      outbox,
      streams,
      source: id,
      destination: () => peerIds.current,
      path: () => migration.current,
      buffer: () => host.buffer(),
      transmit: (bytes, path) => {
        path.sent += bytes.length;
        host.transmit(bytes, path.remote);
      },
    },
    seed.remote.family === 'IPv6' ? maxDatagramBytes - longerIpHeader : maxDatagramBytes,
  );
}
