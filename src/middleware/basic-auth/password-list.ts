import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseHtpasswd } from '../../model/htpasswd.ts';

/** Compares a password with a bcrypt hash. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

/** Name of the user; undefined: nobody. */
export type Verdict = string | undefined;

const mostGood = 4096;
const mostBad = 512;
/** Of the field value: a name, a password and what base64 adds. */
const longest = 1024;
/** One that no password has, for the time that a check takes where there is no such user. */
const nobody = '$2b$10$abcdefghijklmnopqrstuu0000000000000000000000000000000';

/** What is remembered are digests with this, so that memory holds no passwords. */
const salt = randomBytes(16).toString('base64');

/**
 * The users of one file, and what was found out about credentials. A hash takes tens of milliseconds, and clients send the same
 * password with each request: what was found good stays good, as long as the file is the same.
 */
export class PasswordList {
  readonly #users: ReadonlyMap<string, string>;
  readonly #compare: Compare;
  /** User by digest; the oldest leave first. */
  readonly #good = new Map<string, string>();
  readonly #bad = new Set<string>();
  readonly #asked = new Map<string, Promise<Verdict>>();
  readonly #dummy: string;

  constructor(text: string, compare: Compare) {
    this.#users = parseHtpasswd(text).users;
    this.#compare = compare;
    const hashes = [...this.#users.values()];
    this.#dummy = hashes.find((one) => one.startsWith('$')) ?? hashes[0] ?? nobody;
  }

  /** Who sends that field value (RFC 7617 section 2), `Basic` and base64. A promise where that has to be computed. */
  find(credentials: string): Verdict | Promise<Verdict> {
    if (credentials.length > longest) return undefined;
    const digest = hash('sha256', salt + credentials, 'base64');
    const known = this.#good.get(digest);
    if (known !== undefined || this.#bad.has(digest)) return known;
    let asked = this.#asked.get(digest);
    if (!asked) {
      asked = this.#check(credentials, digest).finally(() => this.#asked.delete(digest));
      this.#asked.set(digest, asked);
    }
    return asked;
  }

  async #check(credentials: string, digest: string): Promise<Verdict> {
    const text = Buffer.from(credentials.slice(credentials.indexOf(' ')).trim(), 'base64').toString();
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(0, colon));
    const known = this.#users.get(name);
    // Also for who is not there, so that the time does not tell who is.
    const isGood = await this.#fits(text.slice(colon + 1), known ?? this.#dummy);
    if (known !== undefined && isGood) {
      if (this.#good.size >= mostGood) this.#good.delete(this.#good.keys().next().value as string);
      this.#good.set(digest, name);
      return name;
    }
    if (this.#bad.size >= mostBad) this.#bad.delete(this.#bad.values().next().value as string);
    this.#bad.add(digest);
    return undefined;
  }

  #fits(password: string, known: string): Promise<boolean> | boolean {
    if (known.startsWith('$')) return this.#compare(password, known);
    const wanted = Buffer.from(known);
    const got = Buffer.from(`{SHA}${hash('sha1', password, 'base64')}`);
    return wanted.length === got.length && timingSafeEqual(wanted, got);
  }
}
