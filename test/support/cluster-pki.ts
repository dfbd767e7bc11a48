import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './cluster-command.ts';

/**
 * Makes the keys of a control plane in `dir` with openssl: ca, the API server's (127.0.0.1), and the service account
 * signing key (sa.key, sa.pub).
 */
export async function makeCertificates(dir: string): Promise<void> {
  const path = (name: string): string => join(dir, name);
  await Promise.all([makeKey(dir, 'ca'), makeKey(dir, 'sa')]);
  await run('openssl', ['pkey', '-in', path('sa.key'), '-pubout', '-out', path('sa.pub')]);
  const self = ['req', '-x509', '-new', '-key', path('ca.key'), '-subj', '/CN=loom-lane', '-days', '30'];
  await run('openssl', [...self, '-out', path('ca.crt')]);
  await sign(dir, 'apiserver', '/CN=kube-apiserver', 'subjectAltName=IP:127.0.0.1,DNS:localhost');
}

/** Makes `NAME.key` and `NAME.crt` of a user with all rights. */
export const makeAdmin = (dir: string, name: string): Promise<void> =>
  sign(dir, name, `/O=system:masters/CN=${name}`, 'extendedKeyUsage=clientAuth');

async function makeKey(dir: string, name: string): Promise<void> {
  const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  await run('openssl', ['genpkey', ...curve, '-out', join(dir, `${name}.key`)]);
}

async function sign(dir: string, name: string, subject: string, extension: string): Promise<void> {
  const path = (file: string): string => join(dir, file);
  await makeKey(dir, name);
  await writeFile(path(`${name}.ext`), extension);
  const request = ['req', '-new', '-key', path(`${name}.key`), '-subj', subject, '-out', path(`${name}.csr`)];
  await run('openssl', request);
  const authority = ['-CA', path('ca.crt'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '30'];
  const files = ['-in', path(`${name}.csr`), '-extfile', path(`${name}.ext`), '-out', path(`${name}.crt`)];
  await run('openssl', ['x509', '-req', ...authority, ...files]);
}
