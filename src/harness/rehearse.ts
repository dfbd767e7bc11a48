import { CertificateStore } from '../http/certificates.ts';
import type { Diagnostic } from '../runtime/messages.ts';
import { Gateway } from './gateway.ts';
import type { Plan } from './plan.ts';

/**
 * Compiles a whole configuration as a data worker would, starts its plugins and ends them again; no request, no socket. What a
 * worker would have to say of it.
 */
export async function rehearse(plan: Plan): Promise<readonly Diagnostic[]> {
  const gateway = await Gateway.open(plan, 'silent');
  const { diagnostics } = gateway;
  await gateway.close();
  const problems = new CertificateStore().set([...plan.model.certificates.values()]);
  const broken = [...problems].map(([id, message]): Diagnostic => ({
    kind: 'Certificate',
    id,
    reason: 'InvalidCertificate',
    message,
  }));
  return [...diagnostics, ...broken];
}
