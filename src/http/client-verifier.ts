import type { X509Certificate } from 'node:crypto';
import { readExtensions, type CertificateExtensions } from './certificate-extensions.ts';
import { certificatesIn } from './client-authority.ts';

/** More signatures than any chain has, and few enough for whoever sends a puzzle. */
const maxCertificates = 8;
const clientAuth = '1.3.6.1.5.5.7.3.2';
/** digitalSignature and keyAgreement of KeyUsage. */
const signing = 0x80 | 0x08;

/**
 * Which certificates of clients are believed where no TLS of Node is asked (RFC 5280 section 6): as OpenSSL does it for listeners over
 * TCP, or stricter. What neither reads, such as constraints of names, is believed by nobody here.
 */
export class ClientVerifier {
  readonly isRequired: boolean;
  /** Signed by themselves: with them a chain ends. */
  readonly #roots: readonly X509Certificate[];
  readonly #between: readonly X509Certificate[];
  readonly #extensions = new WeakMap<X509Certificate, CertificateExtensions>();

  /** `pem`: authorities, and certificates between them and those of clients. */
  constructor(pem: string, isRequired: boolean) {
    const all = certificatesIn(pem);
    this.isRequired = isRequired;
    this.#roots = all.filter(isOwnIssuer);
    this.#between = all.filter((one) => !isOwnIssuer(one));
  }

  /** Why nobody vouches for the first of them; undefined: somebody does. */
  problem(chain: readonly X509Certificate[], now = Date.now()): string | undefined {
    const [client, ...others] = chain;
    if (!client) return 'no certificate';
    if (chain.length > maxCertificates) return 'a chain that is too long';
    const { keyUsage } = this.#read(client);
    if (keyUsage !== undefined && (keyUsage & signing) === 0) return 'a key that is not for signatures';
    const path = this.#path(client, [...this.#between, ...others], now);
    if (!path) return 'no authority vouches for it';
    for (const [depth, one] of path.entries()) {
      const problem = this.#unusable(one, depth, now);
      if (problem !== undefined) return `${problem}: ${one.subject.replaceAll('\n', ',')}`;
    }
    return undefined;
  }

  /** From the client to an authority of the file. */
  #path(
    client: X509Certificate,
    others: readonly X509Certificate[],
    now: number,
  ): X509Certificate[] | undefined {
    const path = [client];
    for (let last = client; path.length <= maxCertificates; path.push(last)) {
      if (this.#roots.some((root) => root.raw.equals(last.raw))) return path;
      const issuers = [...this.#roots, ...others].filter(
        (one) => !path.includes(one) && hasSigned(one, last),
      );
      // An authority that was renewed is there twice, and one of them may have expired.
      const issuer = issuers.find((one) => this.#unusable(one, path.length, now) === undefined) ?? issuers[0];
      if (!issuer) return undefined;
      last = issuer;
    }
    return undefined;
  }

  #unusable(one: X509Certificate, depth: number, now: number): string | undefined {
    const { unknownCritical, maxPath } = this.#read(one);
    if (now < one.validFromDate.getTime()) return 'not valid yet';
    if (now > one.validToDate.getTime()) return 'expired';
    if (unknownCritical) return 'an extension that is not known';
    // Of extendedKeyUsage, whatever its name.
    if (one.keyUsage && !one.keyUsage.includes(clientAuth)) return 'not for clients';
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = one.publicKey;
    if (type === 'rsa' && (details?.modulusLength ?? 0) < 2048) return 'a key that is too short';
    if (depth === 0) return undefined;
    if (!one.ca) return 'no authority';
    return depth - 1 > maxPath ? 'too many below this authority' : undefined;
  }

  #read(one: X509Certificate): CertificateExtensions {
    let found = this.#extensions.get(one);
    if (!found) this.#extensions.set(one, (found = readOrRefuse(one)));
    return found;
  }
}

/** OpenSSL reads some extensions only when it needs them: those of a client may be anything. */
function readOrRefuse(one: X509Certificate): CertificateExtensions {
  try {
    return readExtensions(one.raw);
  } catch {
    return { unknownCritical: true, maxPath: 0, keyUsage: undefined };
  }
}

const hasSigned = (issuer: X509Certificate, one: X509Certificate): boolean =>
  one.checkIssued(issuer) && isStrong(one) && one.verify(issuer.publicKey);

const isOwnIssuer = (one: X509Certificate): boolean => one.checkIssued(one) && one.verify(one.publicKey);

/** MD5 and SHA-1 can be forged. */
const isStrong = ({ signatureAlgorithm: name }: X509Certificate): boolean =>
  !/md5|sha1|sha-1/i.test(name ?? '');
