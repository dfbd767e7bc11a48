import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsPair } from './tls-pair.ts';

/** An authority of its own folder that signs certificates of clients and servers, good for ten days. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'loom-authority-'));
  readonly name: string;
  readonly cert: string;
  #issued = 0;

  constructor(name: string) {
    this.name = name;
    this.#openssl(
      'req',
      '-x509',
      ...newKey('ca.key'),
      '-out',
      'ca.crt',
      '-days',
      '10',
      '-subj',
      `/CN=${name}`,
      ...authorityUsage,
    );
    this.cert = this.#read('ca.crt');
  }

  /** The PEM file of the authority's certificate. */
  get file(): string {
    return join(this.#folder, 'ca.crt');
  }

  /** `names` as in subjectAltName: `DNS:a.test,URI:spiffe://a`. */
  issue(subject: string, names: string, days = 9): TlsPair {
    const id = `${++this.#issued}`;
    writeFileSync(join(this.#folder, `${id}.ext`), `subjectAltName=${names}\n${leafExtensions}`);
    this.#openssl('req', '-utf8', ...newKey(`${id}.key`), '-out', `${id}.csr`, '-subj', subject);
    const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', `${days}`];
    this.#openssl(
      'x509',
      '-req',
      '-in',
      `${id}.csr`,
      ...signer,
      '-extfile',
      `${id}.ext`,
      '-out',
      `${id}.crt`,
    );
    return { key: this.#read(`${id}.key`), cert: this.#read(`${id}.crt`) };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #read(name: string): string {
    return readFileSync(join(this.#folder, name), 'utf8');
  }

  #openssl(...words: string[]): void {
    execFileSync('openssl', words, { cwd: this.#folder, stdio: 'ignore' });
  }
}

/** Without them strict verifiers believe neither the authority nor what it has signed. */
const authorityUsage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
const leafExtensions = `basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
authorityKeyIdentifier=keyid
`;

const newKey = (file: string): string[] => [
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  '-keyout',
  file,
];
