import { ApplicationKeys } from '../crypto/application-keys.ts';
import { transportCodes, TransportError } from '../errors.ts';
import { levels } from '../levels.ts';
import type { HandshakeSink } from '../tls/server-handshake.ts';
import type { Connection } from './connection.ts';
import { activeIdLimit } from './connection-ids.ts';
import type { ConnectionOptions, ConnectionSeed } from './options.ts';
import { readClientParameters, writeServerParameters } from './transport-parameters.ts';

interface SinkParts {
  readonly seed: ConnectionSeed;
  readonly options: ConnectionOptions;
  /** Our first id, and the token with which it can be reset. */
  readonly id: Buffer;
  readonly resetToken: Buffer;
  readonly complete: () => void;
}

/** What the TLS handshake does to its connection (RFC 9001 section 4). */
export function handshakeSink(connection: Connection, parts: SinkParts): HandshakeSink {
  const { seed, options, id, resetToken, complete } = parts;
  const { streams, maxIdleMs, updateKeysAfter } = options;
  return {
    exchangeParameters: (theirs) => {
      const client = readClientParameters(theirs);
      const { peerId, originalDestination, retrySource } = seed;
      // RFC 9000 section 7.3.
      if (!client.initialSource?.equals(peerId))
        throw new TransportError(
          transportCodes.transportParameter,
          'initial_source_connection_id is another one',
        );
      connection.meet(client);
      return writeServerParameters({
        originalDestination,
        initialSource: id,
        retrySource,
        statelessResetToken: resetToken,
        maxIdleTimeout: maxIdleMs,
        maxData: streams.connectionWindow,
        maxStreamData: streams.streamWindow,
        maxStreamsBidi: streams.bidi,
        maxStreamsUni: streams.uni,
        activeIdLimit,
      });
    },
    send: (level, bytes) => connection.spaces.all[level].cryptoOut.write(bytes),
    handshakeKeys: (read, write) => {
      const space = connection.spaces.all[levels.handshake];
      space.read = read;
      space.write = write;
    },
    applicationKeys: (read, write) => {
      connection.spaces.application = new ApplicationKeys(read, write, updateKeysAfter);
    },
    complete,
  };
}
