import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './cluster-command.ts';

/**
 * Makes the keys of a control plane in `dir` with openssl: ca, the API server's (127.0.0.1), the service account
 * signing key (sa.key, sa.pub), and a client of the group system:masters (admin).
 */
export async function makeCertificates(dir: string): Promise<void> {
  const path = (name: string): string => join(dir, name);
  const key = (name: string): Promise<string> =>
    run('openssl', [
      'genpkey',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-out',
      path(`${name}.key`),
    ]);
  await Promise.all(['ca', 'sa', 'apiserver', 'admin'].map(key));
  await run('openssl', ['pkey', '-in', path('sa.key'), '-pubout', '-out', path('sa.pub')]);
  const self = ['req', '-x509', '-new', '-key', path('ca.key'), '-subj', '/CN=loom-lane', '-days', '30'];
  await run('openssl', [...self, '-out', path('ca.crt')]);
  await sign('apiserver', '/CN=kube-apiserver', 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  await sign('admin', '/O=system:masters/CN=admin', 'extendedKeyUsage=clientAuth');

  async function sign(name: string, subject: string, extension: string): Promise<void> {
    await writeFile(path(`${name}.ext`), extension);
    const request = [
      'req',
      '-new',
      '-key',
      path(`${name}.key`),
      '-subj',
      subject,
      '-out',
      path(`${name}.csr`),
    ];
    await run('openssl', request);
    const authority = ['-CA', path('ca.crt'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '30'];
    const files = ['-in', path(`${name}.csr`), '-extfile', path(`${name}.ext`), '-out', path(`${name}.crt`)];
    await run('openssl', ['x509', '-req', ...authority, ...files]);
  }
}
