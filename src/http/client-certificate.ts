import type { X509Certificate } from 'node:crypto';

/** What a certificate says about its owner. */
export interface CertificateNames {
  /** RFC 4514, printable ASCII: `CN=shop.example.com,O=Shop`. */
  readonly subject: string;
  readonly dns: readonly string[];
  readonly uris: readonly string[];
}

export interface ClientCertificate extends CertificateNames {
  /** SHA-256 of the DER form, in lower-case hex. */
  readonly sha256: string;
}

export function certificateNames(certificate: X509Certificate): CertificateNames {
  const names = [...(certificate.subjectAltName ?? '').matchAll(altName)].map(([, kind, text = '']) => ({
    kind,
    name: text.startsWith('"') ? String(JSON.parse(text)) : text,
  }));
  const of = (wanted: string): string[] =>
    names.filter(({ kind, name }) => kind === wanted && plain.test(name)).map(({ name }) => name);
  return { subject: distinguishedName(certificate.subject), dns: of('DNS'), uris: of('URI') };
}

export const clientCertificate = (certificate: X509Certificate): ClientCertificate => ({
  ...certificateNames(certificate),
  sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
});

/** One element of x-forwarded-client-cert, as Envoy writes it; `by` are the URIs of our own certificate. */
export function forwardedElement(client: ClientCertificate, by: readonly string[]): string {
  return [
    ...by.map((uri) => `By=${elementValue(uri)}`),
    `Hash=${client.sha256}`,
    // Readers differ in what \" and \\ mean within quotes; the hex escapes of RFC 4514 mean one thing to all.
    `Subject="${client.subject.replaceAll('\\\\', '\\5C').replaceAll('\\"', '\\22')}"`,
    ...client.uris.map((uri) => `URI=${elementValue(uri)}`),
    ...client.dns.map((name) => `DNS=${elementValue(name)}`),
  ].join(';');
}

/** Node writes names with a comma, a quote or anything unusual as JSON texts. */
const altName = /(?:^|, )([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)/g;
/** No DNS name or URI holds anything else, and it could end a field or forge a second one. */
const plain = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const elementValue = (text: string): string => (/[,;=]/.test(text) ? `"${text}"` : text);

/** Node gives one escaped part a line, the most general first; RFC 4514 begins with the most specific. */
const distinguishedName = (lines: string | undefined): string =>
  (lines ?? '')
    .split('\n')
    .toReversed()
    .join(',')
    .replaceAll(/[^\x20-\x7e]+/g, (text) =>
      Array.from(Buffer.from(text), (byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
        '',
      ),
    );
