import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Milliseconds between two looks. */
const usualLookEveryMs = 1000;

/**
 * The authorities whose client certificates are believed: a PEM file, read again each second. Its text is compared, not its times:
 * a change between a reading and a look at the times would never be seen, nor one within a tick of their clock. What a mounted
 * Secret or ConfigMap does with symbolic links is seen as well.
 */
export class ClientAuthority {
  readonly #file: string;
  readonly #changed: (problem: string | undefined) => void;
  readonly #lookEveryMs: number;
  #pem = '';
  /** Of the last look. */
  #problem: string | undefined;
  /** undefined: not open. */
  #timer: NodeJS.Timeout | undefined;

  /**
   * `changed` hears of each change after `open`. Of a file that cannot be used it hears why, once as long as that holds; what was
   * read before stays.
   */
  constructor(
    file: string,
    changed: (problem: string | undefined) => void,
    lookEveryMs: number = usualLookEveryMs,
  ) {
    this.#file = file;
    this.#changed = changed;
    this.#lookEveryMs = lookEveryMs;
  }

  get pem(): string {
    return this.#pem;
  }

  /** Reads the file for the first time. Throws with a reason for people. */
  open(): void {
    try {
      this.#take(readFileSync(this.#file, 'utf8'));
    } catch (error) {
      throw new Error(this.#reasonOf(error), { cause: error });
    }
    this.#timer = setTimeout(() => void this.#look(), this.#lookEveryMs).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Waits for the disk without holding up the thread, which serves requests. */
  async #look(): Promise<void> {
    const before = this.#pem;
    let problem: string | undefined;
    try {
      const pem = await readFile(this.#file, 'utf8');
      if (pem !== before) this.#take(pem);
    } catch (error) {
      problem = this.#reasonOf(error);
    }
    if (!this.#timer) return;
    if (this.#pem !== before) this.#changed(undefined);
    if (problem !== undefined && problem !== this.#problem) this.#changed(problem);
    this.#problem = problem;
    this.#timer.refresh();
  }

  /** Throws what is wrong with it. */
  #take(pem: string): void {
    if (certificatesIn(pem).length === 0) throw new Error('holds no certificate in PEM');
    this.#pem = pem;
  }

  #reasonOf(error: unknown): string {
    const { message, syscall } = error as NodeJS.ErrnoException;
    return syscall === undefined
      ? `client_ca ${this.#file}: ${message}`
      : `cannot read client_ca: ${message}`;
  }
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Throws what node:crypto says of one that is malformed. */
export const certificatesIn = (pem: string): readonly X509Certificate[] =>
  (pem.match(block) ?? []).map((one) => new X509Certificate(one));
