import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createGzip, gunzip } from 'node:zlib';
import type { KubeObject } from '../../api/core.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Kind, ObjectSet } from '../objects.ts';

/** What was read of a cluster, and when it was known to be true. */
export interface Saved {
  readonly at: Date;
  readonly objects: readonly (readonly [Kind, KubeObject])[];
}

interface Head {
  readonly version: 1;
  /** RFC 3339. */
  readonly at: string;
  /** Whose objects these are; those of another cluster are of no use. */
  readonly of: string;
}

/** Written in one piece; between two pieces the thread does other things. */
const linesAtOnce = 100;

/**
 * The objects of a cluster in a file, for a process that starts while the API server is away. A line for each object, packed by
 * gzip, whose checksum tells a damaged file; one of another cluster, or that others may write to, is a file that is not there. It
 * holds what Loom keeps of Secrets, too, so nobody else may read it.
 */
export class LastGood {
  readonly #path: string;
  readonly #of: string;
  readonly #log: Logger;
  #problem: string | undefined;

  /** `of`: the cluster and what is watched of it. */
  constructor(path: string, of: string, log: Logger) {
    this.#path = path;
    this.#of = of;
    this.#log = log;
  }

  /** As a whole or not at all. A file that cannot be written is said once. */
  async save(objects: ObjectSet): Promise<void> {
    const temporary = `${this.#path}.${randomUUID()}.tmp`;
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await pipeline(
        Readable.from(this.#pieces(objects)),
        createGzip({ level: constants.Z_BEST_SPEED }),
        createWriteStream(temporary, { mode: 0o600 }),
      );
      await rename(temporary, this.#path);
      this.#problem = undefined;
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      const problem = error instanceof Error ? error.message.replace(temporary, '') : String(error);
      if (problem !== this.#problem)
        this.#log.warn({ path: this.#path, err: error }, 'what was read of the cluster cannot be saved');
      this.#problem = problem;
    }
  }

  /** undefined when there is no such file, or none that can be used; the log says why. */
  async load(): Promise<Saved | undefined> {
    try {
      const { uid, mode } = await stat(this.#path);
      if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
        throw new Error('it belongs to somebody else, or others may write to it');
      const text = (await promisify(gunzip)(await readFile(this.#path))).toString('utf8');
      const [head = '', ...lines] = text.trimEnd().split('\n');
      const { version, at, of } = JSON.parse(head) as Head;
      if (version !== 1) throw new Error('it was written by another version of Loom');
      if (of !== this.#of) throw new Error('it is of another cluster, or of other namespaces');
      return { at: new Date(at), objects: lines.map((line): Saved['objects'][number] => JSON.parse(line)) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.warn({ path: this.#path, err: error }, 'what was saved of the cluster cannot be used');
      return undefined;
    }
  }

  *#pieces(objects: ObjectSet): Generator<string> {
    const head: Head = { version: 1, at: new Date().toISOString(), of: this.#of };
    let lines = [JSON.stringify(head)];
    for (const [kind, all] of Object.entries(objects)) {
      for (const object of all.values()) {
        lines.push(JSON.stringify([kind, object]));
        if (lines.length < linesAtOnce) continue;
        yield `${lines.join('\n')}\n`;
        lines = [];
      }
    }
    yield `${lines.join('\n')}\n`;
  }
}
