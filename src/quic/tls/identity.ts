import { constants, createPrivateKey, sign, verify, X509Certificate, type KeyObject } from 'node:crypto';

/** A way to sign (RFC 8446 section 4.2.3). */
interface Scheme {
  readonly id: number;
  readonly digest: string | null;
  readonly isPss?: true;
}

/** What the server shows and signs with: a chain of certificates and the key of the first. */
export interface Identity {
  /** In DER, the server's own first. */
  readonly chain: readonly Buffer[];
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  readonly schemes: readonly Scheme[];
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Throws with a reason for people what cannot be used. */
export function readIdentity(certPem: string, keyPem: string): Identity {
  const certificates = (certPem.match(block) ?? []).map((pem) => new X509Certificate(pem));
  const [certificate] = certificates;
  if (!certificate) throw new Error('holds no certificate in PEM');
  const key = createPrivateKey(keyPem);
  if (!certificate.checkPrivateKey(key)) throw new Error('the key is not that of the certificate');
  const schemes = schemesOf(key);
  if (schemes.length === 0)
    throw new Error(`QUIC has no signature for a key of type ${key.asymmetricKeyType}`);
  return { chain: certificates.map(({ raw }) => raw), certificate, key, schemes };
}

const ecSchemes: Readonly<Record<string, Scheme>> = {
  prime256v1: { id: 0x0403, digest: 'sha256' },
  secp384r1: { id: 0x0503, digest: 'sha384' },
  secp521r1: { id: 0x0603, digest: 'sha512' },
};
const rsaSchemes: readonly Scheme[] = [
  { id: 0x0804, digest: 'sha256', isPss: true },
  { id: 0x0805, digest: 'sha384', isPss: true },
  { id: 0x0806, digest: 'sha512', isPss: true },
];

const ed25519Scheme: Scheme = { id: 0x0807, digest: null };
/** All that are signed and verified with here. */
export const offeredSchemes = [...Object.values(ecSchemes), ...rsaSchemes, ed25519Scheme].map(({ id }) => id);

/** The ways to sign with such a key, private or public. */
export function schemesOf({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): readonly Scheme[] {
  if (type === 'rsa') return rsaSchemes;
  if (type === 'ed25519') return [ed25519Scheme];
  const scheme = type === 'ec' ? ecSchemes[details?.namedCurve ?? ''] : undefined;
  return scheme ? [scheme] : [];
}

/** The first way to sign that the client takes, if there is one. */
export const commonScheme = (identity: Identity, offered: readonly number[]): Scheme | undefined =>
  identity.schemes.find(({ id }) => offered.includes(id));

const contextOf = (side: 'server' | 'client'): Buffer =>
  Buffer.concat([Buffer.alloc(64, 0x20), Buffer.from(`TLS 1.3, ${side} CertificateVerify\0`, 'latin1')]);
const ownContext = contextOf('server');
const clientContext = contextOf('client');
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

/** RFC 8446 section 4.4.3. */
export function signTranscript(identity: Identity, { digest, isPss }: Scheme, transcript: Buffer): Buffer {
  const { key } = identity;
  return sign(digest, Buffer.concat([ownContext, transcript]), isPss ? { key, ...pss } : key);
}

/** Whether a client has signed so. */
export function verifyTranscript(
  key: KeyObject,
  { digest, isPss }: Scheme,
  transcript: Buffer,
  signature: Buffer,
): boolean {
  const signed = Buffer.concat([clientContext, transcript]);
  return verify(digest, signed, isPss ? { key, ...pss } : key, signature);
}
