import { expandPlain, extract } from './hkdf.ts';
import { PacketKeys } from './packet-keys.ts';
import { aes128 } from './suite.ts';

/** RFC 9001 section 5.2; of version 1. */
const salt = Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex');

export interface KeyPair {
  /** Of what the client sends. */
  readonly client: PacketKeys;
  readonly server: PacketKeys;
}

/** The keys of Initial packets, which everybody knows who has seen the first connection id that the client chose. */
export function initialKeys(originalDestination: Buffer): KeyPair {
  const secret = extract('sha256', salt, originalDestination);
  const of = (label: string): PacketKeys => new PacketKeys(aes128, expandPlain('sha256', secret, label, 32));
  return { client: of('client in'), server: of('server in') };
}
