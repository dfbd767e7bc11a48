import { readIdentity, type Identity } from '../../quic/tls/identity.ts';
import type { Certificate } from '../../model/model.ts';
import type { CertificateStore } from '../certificates.ts';

/** The certificates of the listeners in the form that QUIC signs with, read once for each. */
export class QuicIdentities {
  readonly #store: CertificateStore;
  readonly #made = new WeakMap<Certificate, Identity | Error>();

  constructor(store: CertificateStore) {
    this.#store = store;
  }

  /** Undefined: there is none for that name, or none that can be used. */
  find(serverName: string): Identity | undefined {
    const { default: fallback } = this.#store;
    const certificate = serverName === '' ? fallback : this.#store.find(serverName);
    if (!certificate) return undefined;
    let made = this.#made.get(certificate);
    if (!made) {
      try {
        made = readIdentity(certificate.cert, certificate.key);
      } catch (error) {
        made = error as Error;
      }
      this.#made.set(certificate, made);
    }
    return made instanceof Error ? undefined : made;
  }
}
