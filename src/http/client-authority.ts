import { X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';

/** Milliseconds between two looks; a stat also sees what a mounted Secret or ConfigMap does with symbolic links. */
const lookEveryMs = 1000;

/** The authorities whose client certificates are believed: a PEM file, read again when it changes. */
export class ClientAuthority {
  readonly #file: string;
  readonly #changed: (problem: string | undefined) => void;
  #pem = '';
  readonly #look = (): void => {
    const before = this.#pem;
    try {
      this.#pem = read(this.#file);
    } catch (error) {
      this.#changed((error as Error).message);
      return;
    }
    if (this.#pem !== before) this.#changed(undefined);
  };

  /** `changed` hears of each change after `open`; of a file that cannot be used it hears why, and what was read before stays. */
  constructor(file: string, changed: (problem: string | undefined) => void) {
    this.#file = file;
    this.#changed = changed;
  }

  get pem(): string {
    return this.#pem;
  }

  /** Reads the file for the first time. Throws with a reason for people. */
  open(): void {
    this.#pem = read(this.#file);
    watchFile(this.#file, { interval: lookEveryMs, persistent: false }, this.#look);
  }

  close(): void {
    unwatchFile(this.#file, this.#look);
  }
}

function read(file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`cannot read client_ca: ${(error as Error).message}`, { cause: error });
  }
  try {
    if (certificatesIn(pem).length === 0) throw new Error('holds no certificate in PEM');
  } catch (error) {
    throw new Error(`client_ca ${file}: ${(error as Error).message}`, { cause: error });
  }
  return pem;
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Throws what node:crypto says of one that is malformed. */
export const certificatesIn = (pem: string): readonly X509Certificate[] =>
  (pem.match(block) ?? []).map((one) => new X509Certificate(one));
