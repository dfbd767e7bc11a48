import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and a certificate in PEM. */
export interface TlsPair {
  readonly key: string;
  readonly cert: string;
}

/** A self-signed certificate for 127.0.0.1 and localhost, good for a day: its own private authority. */
export function makeTlsPair(): TlsPair {
  const folder = mkdtempSync(join(tmpdir(), 'loom-pair-'));
  try {
    const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'cert')];
    const names = ['-subj', '/CN=registry', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    execFileSync('openssl', ['req', ...kind, ...names, ...files], { stdio: 'ignore' });
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    return { key: read('key'), cert: read('cert') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
