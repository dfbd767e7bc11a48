import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../telemetry/log.ts';
import { digestOf } from './oci/digest.ts';

/** What a name (a tag, a URL) stood for when it was asked last. */
export interface NameRecord {
  /** `sha256:hex` */
  readonly digest: string;
  /** Validators of HTTP. */
  readonly etag?: string;
  readonly lastModified?: string;
}

/** Names are small, but tags come and go for years. */
const maxNames = 10_000;

/**
 * What was fetched, in a folder that outlives the process: contents by their digest, and what names stood for. Contents are
 * verified whenever they are read, so a file that rotted is a file that is not there. The least recently used go when there
 * is too much. A folder that cannot be used is no failure: everything is fetched then.
 */
export class DiskCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #log: Logger;
  #ready: Promise<boolean> | undefined;
  #told = false;
  #trimming: Promise<void> = Promise.resolve();

  constructor(folder: string, maxBytes: number, log: Logger) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#log = log;
  }

  async content(digest: string): Promise<Buffer | undefined> {
    if (!(await this.#open())) return undefined;
    const path = this.#contentPath(digest);
    const bytes = await readFile(path).catch(() => undefined);
    if (!bytes) return undefined;
    if (digestOf(bytes) !== digest) {
      this.#log.warn({ digest, path }, 'cached content is damaged; it will be fetched again');
      await rm(path, { force: true });
      return undefined;
    }
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
    return bytes;
  }

  async putContent(digest: string, bytes: Uint8Array): Promise<void> {
    await this.#write(this.#contentPath(digest), bytes);
    this.#trimming = this.#trimming.then(() => this.#trim());
    await this.#trimming;
  }

  async name(key: readonly string[]): Promise<NameRecord | undefined> {
    if (!(await this.#open())) return undefined;
    try {
      const record = JSON.parse(await readFile(this.#namePath(key), 'utf8')) as Partial<NameRecord> & {
        key?: unknown;
      };
      return typeof record.digest === 'string' ? (record as NameRecord) : undefined;
    } catch {
      return undefined;
    }
  }

  putName(key: readonly string[], record: NameRecord): Promise<void> {
    return this.#write(this.#namePath(key), JSON.stringify({ key, ...record }));
  }

  #contentPath(digest: string): string {
    return join(this.#folder, 'contents', digest.replace(':', '-'));
  }

  #namePath(key: readonly string[]): string {
    return join(this.#folder, 'names', createHash('sha256').update(JSON.stringify(key)).digest('hex'));
  }

  /** Makes the folder. One that others may write to would let them choose what a tag stands for. */
  #open(): Promise<boolean> {
    this.#ready ??= (async () => {
      try {
        for (const name of ['contents', 'names'])
          await mkdir(join(this.#folder, name), { recursive: true, mode: 0o700 });
        const { uid, mode } = await stat(join(this.#folder, 'names'));
        if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
          throw new Error('it belongs to somebody else, or others may write to it');
        return true;
      } catch (error) {
        if (!this.#told)
          this.#log.warn({ folder: this.#folder, err: error }, 'plugins are not cached on the disk');
        this.#told = true;
        // A disk that was full may have room the next time.
        this.#ready = undefined;
        return false;
      }
    })();
    return this.#ready;
  }

  /** As a whole or not at all, also when the process ends in the middle or another one writes the same. */
  async #write(path: string, bytes: Uint8Array | string): Promise<void> {
    if (!(await this.#open())) return;
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await writeFile(temporary, bytes, { mode: 0o600 });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      this.#log.warn({ path, err: error }, 'what was fetched cannot be written to the cache');
    }
  }

  async #trim(): Promise<void> {
    await this.#trimFolder('contents', this.#maxBytes, (size) => size);
    await this.#trimFolder('names', maxNames, () => 1);
  }

  async #trimFolder(name: string, most: number, weigh: (size: number) => number): Promise<void> {
    const folder = join(this.#folder, name);
    const names = await readdir(folder).catch(() => []);
    const files = await Promise.all(
      names.map(async (file) => {
        const found = await stat(join(folder, file)).catch(() => undefined);
        return { path: join(folder, file), weight: weigh(found?.size ?? 0), used: found?.mtimeMs ?? 0 };
      }),
    );
    let total = files.reduce((sum, { weight }) => sum + weight, 0);
    for (const { path, weight } of files.toSorted((a, b) => a.used - b.used)) {
      if (total <= most) return;
      await rm(path, { force: true }).catch(() => undefined);
      total -= weight;
    }
  }
}
