import type { CertificateStore } from '../http/certificates.ts';
import type { Certificate } from '../model/model.ts';
import type { Diagnostic, ModelDelta } from '../runtime/messages.ts';
import type { Logger } from '../telemetry/log.ts';

/** The certificates of the model, as a worker has got them so far, and what is wrong with them. */
export class HeldCertificates {
  problems: readonly Diagnostic[] = [];
  readonly #store: CertificateStore;
  readonly #log: Logger;
  readonly #held = new Map<string, Certificate>();

  constructor(store: CertificateStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  apply({ set, removed }: ModelDelta['certificates']): void {
    if (set.length === 0 && removed.length === 0) return;
    for (const id of removed) this.#held.delete(id);
    for (const certificate of set) this.#held.set(certificate.id, certificate);
    const problems = [...this.#store.set([...this.#held.values()])];
    for (const [id, reason] of problems)
      this.#log.warn({ certificate: id, reason }, 'certificate cannot be used');
    this.problems = problems.map(([id, message]) => ({
      kind: 'Certificate',
      id,
      reason: 'InvalidCertificate',
      message,
    }));
  }
}
