import { hkdfSync, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * What the tokens of QUIC, stateless resets among them, are made with: 32 bytes. With `sticky_secret` a process that is started again on
 * the same host, as a container in its pod, has the same, so that clients of the one before hear at once that their connections are no
 * more (RFC 9000 section 10.3). Other hosts have others: who shared it could be made to reset the connections of each other (section
 * 21.11). Without it each start has its own.
 */
export const quicSecret = (stickySecret: string, host = hostname()): Buffer =>
  stickySecret === ''
    ? randomBytes(32)
    : Buffer.from(hkdfSync('sha256', stickySecret, host, 'loom quic', 32));
