import type { ByteReader } from '../coding/reader.ts';
import { alerts, TransportError, tlsError, transportCodes } from '../errors.ts';
import { extensionTypes, tls13, tlsReader } from './messages.ts';

interface OfferedPsk {
  readonly identities: readonly Buffer[];
  readonly binders: readonly Buffer[];
  /** So much of the message is covered by the binders. */
  readonly boundBytes: number;
}

/** What a ClientHello says (RFC 8446 section 4.1.2), as far as this server listens. */
export interface ClientHello {
  readonly random: Buffer;
  readonly suites: readonly number[];
  readonly groups: readonly number[];
  readonly shares: ReadonlyMap<number, Buffer>;
  readonly schemes: readonly number[];
  /** Empty: none. */
  readonly serverName: string;
  readonly protocols: readonly string[];
  /** Encoded transport parameters (RFC 9001 section 8.2). */
  readonly quicParameters: Buffer;
  /** psk_dhe_ke is offered. */
  readonly resumesWithKeyExchange: boolean;
  readonly psk: OfferedPsk | undefined;
}

const illegal = (reason: string): TransportError => tlsError(alerts.illegalParameter, reason);
const pskDheKe = 1;

/** `message` with its head. Throws the alert that the client gets. */
export function readClientHello(message: Buffer): ClientHello {
  const reader = tlsReader(message.subarray(4));
  reader.u16();
  const random = reader.take(32);
  // RFC 9001 section 8.4: nothing makes QUIC look like TLS 1.2.
  if (reader.vector8().left !== 0)
    throw new TransportError(transportCodes.protocolViolation, 'a legacy_session_id');
  const suites = list16(reader.vector16());
  const compression = reader.vector8();
  if (compression.left !== 1 || compression.u8() !== 0) throw illegal('a compression method');
  const extensions = readExtensions(reader);
  reader.finish();
  const need = (type: number, name: string): ByteReader => {
    const found = extensions.get(type);
    if (!found) throw tlsError(alerts.missingExtension, `no ${name}`);
    return tlsReader(found);
  };
  const versions = extensions.get(extensionTypes.supportedVersions);
  if (!versions || !list16(tlsReader(versions).vector8()).includes(tls13))
    throw tlsError(alerts.protocolVersion, 'not TLS 1.3');
  if (
    extensions.has(extensionTypes.preSharedKey) &&
    [...extensions.keys()].at(-1) !== extensionTypes.preSharedKey
  )
    throw illegal('pre_shared_key is not the last extension');
  const modes = extensions.get(extensionTypes.pskModes);
  return {
    random,
    suites,
    groups: list16(need(extensionTypes.supportedGroups, 'supported_groups').vector16()),
    shares: readShares(need(extensionTypes.keyShare, 'key_share').vector16()),
    schemes: list16(need(extensionTypes.signatureAlgorithms, 'signature_algorithms').vector16()),
    serverName: readServerName(extensions.get(extensionTypes.serverName)),
    protocols: readProtocols(extensions.get(extensionTypes.alpn)),
    quicParameters: need(extensionTypes.quicParameters, 'quic_transport_parameters').rest(),
    resumesWithKeyExchange: modes !== undefined && tlsReader(modes).vector8().rest().includes(pskDheKe),
    psk: readPsk(message, extensions.get(extensionTypes.preSharedKey)),
  };
}

function readExtensions(reader: ByteReader): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  const all = reader.vector16();
  while (all.left > 0) {
    const type = all.u16();
    if (found.has(type)) throw illegal(`extension ${type} twice`);
    found.set(type, all.vector16().rest());
  }
  return found;
}

function list16(reader: ByteReader): number[] {
  const all: number[] = [];
  while (reader.left > 0) all.push(reader.u16());
  return all;
}

function readShares(reader: ByteReader): Map<number, Buffer> {
  const shares = new Map<number, Buffer>();
  while (reader.left > 0) {
    const group = reader.u16();
    if (shares.has(group)) throw illegal(`two key shares of group ${group}`);
    shares.set(group, reader.vector16().rest());
  }
  return shares;
}

/** RFC 6066 section 3. */
function readServerName(bytes: Buffer | undefined): string {
  if (!bytes) return '';
  const names = tlsReader(bytes).vector16();
  const type = names.u8();
  const name = names.vector16().rest().toString('latin1');
  if (type !== 0 || names.left > 0 || !/^[\x21-\x7e]{1,255}$/.test(name)) throw illegal('server_name');
  return name;
}

/** RFC 7301 section 3.1. */
function readProtocols(bytes: Buffer | undefined): string[] {
  const protocols: string[] = [];
  if (!bytes) return protocols;
  const list = tlsReader(bytes).vector16();
  while (list.left > 0) protocols.push(list.vector8().rest().toString('latin1'));
  return protocols;
}

/** RFC 8446 section 4.2.11. */
function readPsk(message: Buffer, bytes: Buffer | undefined): OfferedPsk | undefined {
  if (!bytes) return undefined;
  const reader = tlsReader(bytes);
  const identities: Buffer[] = [];
  const offered = reader.vector16();
  while (offered.left > 0) {
    identities.push(offered.vector16().rest());
    offered.u32();
  }
  // The binders are the last thing in the message, with the length of their list before them.
  const boundBytes = message.length - reader.left;
  const binders: Buffer[] = [];
  const list = reader.vector16();
  while (list.left > 0) binders.push(list.vector8().rest());
  reader.finish();
  if (identities.length === 0 || identities.length !== binders.length)
    throw illegal('as many binders as identities');
  return { identities, binders, boundBytes };
}
