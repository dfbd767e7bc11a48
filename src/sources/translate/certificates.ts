import type { Secret } from '../../api/core.ts';
import type { Certificate } from '../../model/model.ts';

/** Whether the Secret has what a certificate needs. */
export function isComplete(secret: Secret): boolean {
  return Boolean(secret.data?.['tls.crt'] && secret.data['tls.key']);
}

/** Makes certificates of the TLS Secrets that routes name; the same Secret and hosts give the same object. */
export class CertificateMemo {
  readonly #known = new Map<string, { readonly secret: Secret; readonly certificate: Certificate }>();

  /** `hosts` of all routes that name the Secret; empty when one of them has no hosts: then it is for every host. */
  resolve(id: string, secret: Secret, hosts: readonly string[]): Certificate | undefined {
    const { 'tls.crt': cert, 'tls.key': key } = secret.data ?? {};
    if (!cert || !key) return undefined;
    const known = this.#known.get(id);
    if (known && known.secret === secret && known.certificate.hosts.join() === hosts.join())
      return known.certificate;
    const certificate = { id, hosts, cert: text(cert), key: text(key) };
    this.#known.set(id, { secret, certificate });
    return certificate;
  }

  forget(id: string): void {
    this.#known.delete(id);
  }
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');
