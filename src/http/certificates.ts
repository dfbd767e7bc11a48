import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Certificate } from '../model/model.ts';

/** Mozilla's intermediate profile without the finite-field suites: TLS 1.2 with forward secrecy and AEAD, and TLS 1.3. */
export const tlsOptions = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  // Costs a server more than a client, and HTTP/2 forbids it (RFC 9113 section 9.2.1).
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384',
} as const satisfies SecureContextOptions;

/** Made certificates, with what else a context holds. */
export class SecureContexts {
  readonly #options: SecureContextOptions;
  readonly #made = new WeakMap<Certificate, SecureContext>();

  constructor(options: SecureContextOptions) {
    this.#options = options;
  }

  /** Throws what OpenSSL says of a certificate that cannot be used. */
  of(certificate: Certificate): SecureContext {
    let context = this.#made.get(certificate);
    if (!context) {
      context = createSecureContext({ ...this.#options, cert: certificate.cert, key: certificate.key });
      this.#made.set(certificate, context);
    }
    return context;
  }
}

/** The key pairs of the TLS listeners, by the name that the client asks for (SNI). Swapped whole. */
export class CertificateStore {
  readonly contexts = new SecureContexts(tlsOptions);
  #byHost: ReadonlyMap<string, Certificate> = new Map();
  #fallback: Certificate | undefined;
  /** For clients that name no host: the certificate for every host, or else the first that can be used. */
  #default: Certificate | undefined;
  readonly #listeners = new Set<() => void>();

  /** Gives the ids of the certificates that cannot be used, with the reason; the others serve. */
  set(certificates: readonly Certificate[]): ReadonlyMap<string, string> {
    const problems = new Map<string, string>();
    const byHost = new Map<string, Certificate>();
    let fallback: Certificate | undefined;
    let first: Certificate | undefined;
    for (const certificate of certificates) {
      try {
        this.contexts.of(certificate);
      } catch (error) {
        problems.set(certificate.id, (error as Error).message);
        continue;
      }
      first ??= certificate;
      if (certificate.hosts.length === 0) fallback ??= certificate;
      for (const host of certificate.hosts) if (!byHost.has(host)) byHost.set(host, certificate);
    }
    this.#byHost = byHost;
    this.#fallback = fallback;
    this.#default = fallback ?? first;
    for (const listener of this.#listeners) listener();
    return problems;
  }

  /** The exact host, then a wildcard for its first label or more, then the certificate for every host. */
  find(name: string): Certificate | undefined {
    const host = name.toLowerCase();
    const exact = this.#byHost.get(host);
    if (exact) return exact;
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const wildcard = this.#byHost.get(`*${host.slice(dot)}`);
      if (wildcard) return wildcard;
    }
    return this.#fallback;
  }

  get default(): Certificate | undefined {
    return this.#default;
  }

  /** `listener` runs after each swap. @returns what ends that. */
  onSwap(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
