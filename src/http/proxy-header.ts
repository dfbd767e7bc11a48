import { isIPv4, isIPv6 } from 'node:net';
import type { Peer } from './exchange.ts';

/** The two ends of the connection that a proxy has accepted. */
export interface ProxiedPeers {
  readonly client: Peer;
  readonly local: Peer;
}

export interface ProxyHeader {
  /** Bytes that the header takes. */
  readonly length: number;
  /** Undefined where the proxy speaks for itself (LOCAL, UNKNOWN), or of a socket without addresses: then the real peers count. */
  readonly peers: ProxiedPeers | undefined;
}

/** What begins every header of version 2. */
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** With its CRLF, by the specification. */
const longestLine = 107;
/** Addresses and TLVs; the longest that proxies send are a few hundred bytes. */
const longestBody = 4096;

/**
 * Reads the header of the PROXY protocol (haproxy.org, proxy-protocol.txt), version 1 or 2, at the start of a connection. TLVs
 * are skipped. @returns undefined when more bytes are needed. Throws an Error with the reason when it is none.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  const known = Math.min(bytes.length, signature.length);
  if (bytes.compare(signature, 0, known, 0, known) === 0)
    return bytes.length < 16 ? undefined : readVersion2(bytes);
  return readVersion1(bytes);
}

function readVersion1(bytes: Buffer): ProxyHeader | undefined {
  const text = bytes.toString('latin1', 0, longestLine);
  if (!'PROXY '.startsWith(text.slice(0, 6)))
    throw new Error('the connection does not begin with a PROXY header');
  const end = text.indexOf('\r\n');
  if (end < 0) {
    if (text.length === longestLine) throw new Error('the PROXY line is longer than 107 bytes');
    return undefined;
  }
  const length = end + 2;
  const [, family, ...rest] = text.slice(0, end).split(' ');
  if (family === 'UNKNOWN') return { length, peers: undefined };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined;
  const [from = '', to = '', fromPort = '', toPort = ''] = rest;
  const isRight = rest.length === 4 && isPort(fromPort) && isPort(toPort);
  if (!isAddress?.(from) || !isAddress(to) || !isRight || from.includes('%') || to.includes('%'))
    throw new Error('the PROXY line is malformed');
  const client = { address: from, port: Number(fromPort) };
  return { length, peers: { client, local: { address: to, port: Number(toPort) } } };
}

function readVersion2(bytes: Buffer): ProxyHeader | undefined {
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13);
  const body = bytes.readUInt16BE(14);
  if (command !== 0x20 && command !== 0x21)
    throw new Error('the PROXY header has an unknown version or command');
  if (body > longestBody) throw new Error(`the PROXY header is longer than ${longestBody} bytes`);
  const length = 16 + body;
  if (bytes.length < length) return undefined;
  // LOCAL: a health check of the proxy itself.
  if (command === 0x20) return { length, peers: undefined };
  const size = addressBytes[family];
  if (size === undefined) return { length, peers: undefined };
  if (body < 2 * size + 4) throw new Error('the PROXY header is too short for its addresses');
  const address = (at: number): string =>
    size === 4 ? bytes.subarray(at, at + 4).join('.') : ipv6(bytes.subarray(at, at + 16));
  const ports = 16 + 2 * size;
  return {
    length,
    peers: {
      client: { address: address(16), port: bytes.readUInt16BE(ports) },
      local: { address: address(16 + size), port: bytes.readUInt16BE(ports + 2) },
    },
  };
}

/** A header of version 1 or 2. Without `peers`, or addresses of them, it says that the connection is the proxy's own. */
export function writeProxyHeader(version: 'V1' | 'V2', peers: ProxiedPeers | undefined): Buffer {
  const from = peers && octets(peers.client.address);
  const to = peers && octets(peers.local.address);
  if (!from || !to)
    return version === 'V1'
      ? Buffer.from('PROXY UNKNOWN\r\n')
      : Buffer.concat([signature, Buffer.from([0x20, 0, 0, 0])]);
  const { client, local } = peers;
  // A header is of one family: behind another proxy the client may be of the other one.
  const wide = from.length + to.length > 8;
  if (version === 'V1') {
    const told = [client, local].map(({ address }) =>
      wide && isIPv4(address) ? `::ffff:${address}` : address,
    );
    return Buffer.from(`PROXY ${wide ? 'TCP6' : 'TCP4'} ${told.join(' ')} ${client.port} ${local.port}\r\n`);
  }
  const addresses = [from, to].map((bytes) =>
    wide && bytes.length === 4 ? Buffer.concat([mapped, bytes]) : bytes,
  );
  const ports = [client.port, local.port].flatMap((port) => [port >> 8, port & 255]);
  const body = Buffer.concat([...addresses, Buffer.from(ports)]);
  return Buffer.concat([signature, Buffer.from([0x21, wide ? 0x21 : 0x11, 0, body.length]), body]);
}

/** Of an IPv4 address among those of IPv6 (RFC 4291 section 2.5.5.2). */
const mapped = Buffer.from('00000000000000000000ffff', 'hex');

/** Of an IP address, in network order; undefined for anything else, a zone among it. */
function octets(address: string): Buffer | undefined {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const [, inner = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  const [before = '', after] = inner.split('::');
  const groups = (text: string | undefined): string[] => (text ? text.split(':') : []);
  const missing = 8 - groups(before).length - groups(after).length;
  const all = [...groups(before), ...Array<string>(missing).fill('0'), ...groups(after)];
  const bytes = Buffer.alloc(16);
  all.forEach((group, i) => bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2));
  return bytes;
}

/** Of TCP over IPv4 and IPv6. Of the others (UNIX, UDP, unspecified) the specification lets a receiver take no notice. */
const addressBytes: Readonly<Record<number, number>> = { 0x11: 4, 0x21: 16 };

const isPort = (text: string): boolean => /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;

/** In the short form that every other address has here (RFC 5952); a mapped one as IPv4. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  const address = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  return address.startsWith('::ffff:') ? bytes.subarray(12).join('.') : address;
}
