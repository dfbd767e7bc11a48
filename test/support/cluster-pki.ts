import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './cluster-command.ts';

/**
 * Makes the keys of a control plane in `dir` with openssl: ca, the API server's (127.0.0.1, and 10.77.0.1 for pods), and the service account
 * signing key (sa.key, sa.pub).
 */
export async function makeCertificates(dir: string): Promise<void> {
  const path = (name: string): string => join(dir, name);
  await Promise.all([makeKey(dir, 'ca'), makeKey(dir, 'sa')]);
  await run('openssl', ['pkey', '-in', path('sa.key'), '-pubout', '-out', path('sa.pub')]);
  const self = ['req', '-x509', '-new', '-key', path('ca.key'), '-subj', '/CN=loom-lane', '-days', '30'];
  await run('openssl', [...self, '-out', path('ca.crt')]);
  await sign(dir, 'apiserver', '/CN=kube-apiserver', serving);
}

/** Names of the API server. */
const serving = 'subjectAltName=IP:127.0.0.1,IP:10.77.0.1,DNS:localhost';

/** Gives the API server a certificate of a new authority, which is added to those that `ca.crt` names. */
export async function makeServingCertificate(dir: string): Promise<void> {
  const path = (name: string): string => join(dir, name);
  await makeKey(dir, 'next');
  const self = [
    'req',
    '-x509',
    '-new',
    '-key',
    path('next.key'),
    '-subj',
    '/CN=loom-lane-next',
    '-days',
    '30',
  ];
  await run('openssl', [...self, '-out', path('next.crt')]);
  await sign(dir, 'apiserver', '/CN=kube-apiserver', serving, 'next');
  // Users and what signs for them stay the old one's, which therefore stands first.
  const both = await Promise.all(['ca.crt', 'next.crt'].map((name) => readFile(path(name), 'utf8')));
  await writeFile(path('ca.crt'), both.join(''));
}

/** Makes `NAME.key` and `NAME.crt` of a user with all rights. */
export const makeAdmin = (dir: string, name: string): Promise<void> =>
  sign(dir, name, `/O=system:masters/CN=${name}`, 'extendedKeyUsage=clientAuth');

async function makeKey(dir: string, name: string): Promise<void> {
  const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  await run('openssl', ['genpkey', ...curve, '-out', join(dir, `${name}.key`)]);
}

async function sign(dir: string, name: string, subject: string, extension: string, by = 'ca'): Promise<void> {
  const path = (file: string): string => join(dir, file);
  await makeKey(dir, name);
  await writeFile(path(`${name}.ext`), extension);
  const request = ['req', '-new', '-key', path(`${name}.key`), '-subj', subject, '-out', path(`${name}.csr`)];
  await run('openssl', request);
  const authority = ['-CA', path(`${by}.crt`), '-CAkey', path(`${by}.key`), '-CAcreateserial', '-days', '30'];
  const files = ['-in', path(`${name}.csr`), '-extfile', path(`${name}.ext`), '-out', path(`${name}.crt`)];
  await run('openssl', ['x509', '-req', ...authority, ...files]);
}
