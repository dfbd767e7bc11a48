/** What proxy_grpc_call says about whom to call. */
export interface GrpcService {
  /** A name as `resolveName` takes it. */
  readonly name: string;
  readonly authority: string | undefined;
  readonly tls: { readonly ca?: string } | undefined;
  readonly metadata: readonly string[];
  /** 0 for none. */
  readonly timeoutMs: number;
}

/** Fields of one protobuf message: numbers of wire type 0, bytes of wire type 2; the others are stepped over. */
type Fields = readonly { readonly field: number; readonly value: number | Buffer }[];

/**
 * A serialized `envoy.config.core.v3.GrpcService` (envoy_grpc or google_grpc), or a plain name. A name never begins with a
 * control character and such a message does. Undefined for what is neither. Certificates count only where they stand in the
 * message: a plugin must not make the host read its files.
 */
export function parseGrpcService(bytes: Buffer): GrpcService | undefined {
  const [first] = bytes;
  if (first === undefined) return undefined;
  if (first >= 0x20)
    return { name: bytes.latin1Slice(), authority: undefined, tls: undefined, metadata: [], timeoutMs: 0 };
  const service = fields(bytes);
  if (!service) return undefined;
  const envoy = message(service, 1);
  const google = message(service, 2);
  const name = envoy ? text(envoy, 1) : google && text(google, 1)?.replace(/^(?:dns:\/*|ipv4:)/, '');
  if (!name) return undefined;
  const duration = message(service, 3);
  return {
    name,
    authority: envoy && text(envoy, 2),
    tls: google && credentials(google),
    metadata: service.flatMap(({ field, value }) => (field === 5 ? pair(value) : [])),
    timeoutMs: duration ? number(duration, 1) * 1000 + Math.ceil(number(duration, 2) / 1e6) : 0,
  };
}

/** ChannelCredentials: 1 ssl_credentials, 2 google_default, 3 local. */
function credentials(google: Fields): { readonly ca?: string } | undefined {
  const channel = message(google, 2);
  const ssl = channel && message(channel, 1);
  if (!ssl) return channel && message(channel, 2) ? {} : undefined;
  const roots = message(ssl, 1);
  const ca = roots && (text(roots, 2) ?? text(roots, 3));
  return ca === undefined ? {} : { ca };
}

function pair(value: number | Buffer): readonly string[] {
  const header = typeof value === 'number' ? undefined : fields(value);
  const name = header && text(header, 1);
  return name ? [name.toLowerCase(), text(header, 2) ?? text(header, 3) ?? ''] : [];
}

/** The last one of a field counts, as protobuf says. */
const last = (all: Fields, field: number): number | Buffer | undefined =>
  all.findLast((one) => one.field === field)?.value;

function message(all: Fields, field: number): Fields | undefined {
  const value = last(all, field);
  return Buffer.isBuffer(value) ? fields(value) : undefined;
}

function text(all: Fields, field: number): string | undefined {
  const value = last(all, field);
  return Buffer.isBuffer(value) ? value.latin1Slice() : undefined;
}

function number(all: Fields, field: number): number {
  const value = last(all, field);
  return typeof value === 'number' ? value : 0;
}

function fields(bytes: Buffer): Fields | undefined {
  const found: { field: number; value: number | Buffer }[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    // NaN from beyond the end makes everything that follows NaN.
    for (let byte = 0x80; byte >= 0x80; scale *= 128) {
      byte = bytes[at++] ?? Number.NaN;
      value += (byte % 128) * scale;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const type = tag % 8;
    const size = type === 2 ? varint() : type === 1 ? 8 : type === 5 ? 4 : 0;
    const value = type === 0 ? varint() : bytes.subarray(at, at + size);
    at += size;
    if (
      Number.isNaN(tag) ||
      Number.isNaN(at) ||
      Number.isNaN(value) ||
      at > bytes.length ||
      type > 5 ||
      type === 3 ||
      type === 4
    )
      return undefined;
    if (type === 0 || type === 2) found.push({ field: Math.floor(tag / 8), value });
  }
  return found;
}
