import { createSocket } from 'node:dgram';
import { answerTo, questionOf } from './dns-message.ts';

/** What a name has. */
export interface Name {
  /** IPv4, for a second. */
  readonly addresses: readonly string[];
  /** When the answer comes; undefined: at once, 0: never. */
  readonly lateMs?: number;
}
export type Zone = Readonly<Record<string, Name>>;

/** A DNS server in a process of its own: `node dns-peer.ts ADDRESS`. It knows the names of the last message. */
const [address] = process.argv.slice(2);
let zone: Zone = {};
const socket = createSocket('udp4');

socket.on('message', (query, client) => {
  const known = zone[questionOf(query).name];
  const send = (): void => socket.send(answerTo(query, known?.addresses), client.port, client.address);
  if (known?.lateMs === undefined) send();
  else if (known.lateMs > 0) setTimeout(send, known.lateMs);
});
process.on('message', (told: Zone) => {
  zone = told;
  process.send?.('ready');
});
process.on('disconnect', () => process.exit());
socket.bind(53, address, () => process.send?.('ready'));
