/** What RFC 5280 section 4.2 has a verifier know of a certificate, and X509Certificate does not tell. */
export interface CertificateExtensions {
  /** Extensions that are critical and not known here: the certificate must not be believed. */
  readonly unknownCritical: boolean;
  /** Most certificates of authorities that may stand between this one and that of the client. */
  readonly maxPath: number;
  /** The bits of keyUsage, the first of the string the highest; undefined: any use. */
  readonly keyUsage: number | undefined;
}

/** BasicConstraints, KeyUsage, ExtendedKeyUsage and SubjectAltName: 2.5.29.x in DER. */
const ids = { keyUsage: '551d0f', altName: '551d11', basic: '551d13', extendedKeyUsage: '551d25' } as const;
const known: ReadonlySet<string> = new Set(Object.values(ids));
/** Which names an authority may vouch for: looked at by nobody here, so nothing of such an authority is believed. */
const nameConstraints = '551d1e';
const tags = { boolean: 0x01, integer: 0x02, sequence: 0x30, version: 0xa0, extensions: 0xa3 } as const;

interface Element {
  readonly tag: number;
  readonly body: Buffer;
}

/** The elements that follow each other in `bytes` (X.690 section 8.1); OpenSSL has found them well formed. */
function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes.readUInt8(at++);
    let length = bytes.readUInt8(at++);
    if (length > 0x7f) {
      const count = length & 0x7f;
      length = bytes.readUIntBE(at, count);
      at += count;
    }
    found.push({ tag, body: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

/** `der`: a whole certificate. */
export function readExtensions(der: Buffer): CertificateExtensions {
  const [certificate] = elements(der);
  const [toBeSigned] = elements((certificate as Element).body);
  const wrapped = elements((toBeSigned as Element).body).find(({ tag }) => tag === tags.extensions);
  const list = wrapped ? elements(wrapped.body)[0] : undefined;
  let unknownCritical = false;
  let maxPath = Infinity;
  let keyUsage: number | undefined;
  for (const { body } of list ? elements(list.body) : []) {
    const parts = elements(body);
    const id = (parts[0] as Element).body.toString('hex');
    const isCritical = parts[1]?.tag === tags.boolean && parts[1].body[0] !== 0;
    const value = (parts.at(-1) as Element).body;
    if ((isCritical && !known.has(id)) || id === nameConstraints) unknownCritical = true;
    if (id === ids.keyUsage) keyUsage = elements(value)[0]?.body[1] ?? 0;
    if (id !== ids.basic) continue;
    const path = elements((elements(value)[0] as Element).body).find(({ tag }) => tag === tags.integer);
    if (path) maxPath = path.body.readUIntBE(0, path.body.length);
  }
  return { unknownCritical, maxPath, keyUsage };
}
