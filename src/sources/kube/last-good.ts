import { randomUUID } from 'node:crypto';
import { constants as flags, type Stats } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { KubeObject } from '../../api/core.ts';
import type { Logger } from '../../telemetry/log.ts';
import { keyOf, type Kind, type ObjectSet } from '../objects.ts';
import { membersOf } from './gzip-members.ts';

/** What was read of a cluster, and when it was known to be true. */
export interface Saved {
  readonly at: Date;
  readonly objects: readonly (readonly [Kind, KubeObject])[];
}

/** Keys of what came, went or became another. */
export type Changes = ReadonlyMap<Kind, ReadonlySet<string>>;

/** First line of each save. */
interface Head {
  readonly version: 2;
  /** RFC 3339. */
  readonly at: string;
  /** Whose objects these are; those of another cluster are of no use. */
  readonly of: string;
}

/** An object, or the key of one that is gone. */
type Line = readonly [Kind, KubeObject | string];

/** The file as this process left it. */
interface Left {
  readonly bytes: number;
  /** Other ones tell that somebody else had his hands on it. */
  readonly marks: string;
}

/** Written in one piece; between two pieces the thread does other things. */
const linesAtOnce = 100;

/**
 * The objects of a cluster in a file, for a process that starts while the API server is away. A line for each object, packed by
 * gzip, whose checksum tells a damaged file; one of another cluster, or that others may write to, is a file that is not there. It
 * holds what Loom keeps of Secrets, too, so nobody else may read it. The first member of the file has all objects, each one that
 * follows is a later save and has what changed. When those are larger together than the first, or a Secret is another one or gone, the
 * next save writes the file anew.
 */
export class LastGood {
  readonly #path: string;
  readonly #temporary: string;
  readonly #of: string;
  readonly #log: Logger;
  /** Undefined: nothing may be appended, since it is not known what is in the file. */
  #left: (Left & { readonly wholeBytes: number }) | undefined;
  #problem: string | undefined;

  /** `of`: the cluster and what is watched of it. */
  constructor(path: string, of: string, log: Logger) {
    this.#path = path;
    this.#temporary = `${path}.${randomUUID()}.tmp`;
    this.#of = of;
    this.#log = log;
  }

  /** `changes` since the save before; undefined: not known. As a whole or not at all. A file that cannot be written is said once. */
  async save(objects: ObjectSet, changes?: Changes): Promise<void> {
    const left = this.#left;
    // Until this save is complete, there may be half of it in the file.
    this.#left = undefined;
    try {
      // A key that was taken out of the cluster must not stay on the disk.
      const mayGrow = changes && !changes.get('Secret')?.size && left && left.bytes <= 2 * left.wholeBytes;
      const grown = mayGrow && (await this.#append(left, changed(objects, changes)));
      if (grown) this.#left = { ...grown, wholeBytes: left.wholeBytes };
      else this.#left = await this.#replace(all(objects));
      this.#problem = undefined;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
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
      const objects = new Map<string, readonly [Kind, KubeObject]>();
      let last = '';
      for (const save of await this.#saves()) {
        const [head = '', ...lines] = save.toString('utf8').trimEnd().split('\n');
        const { version, at, of } = JSON.parse(head) as Head;
        if (version !== 2) throw new Error('it was written by another version of Loom');
        if (of !== this.#of) throw new Error('it is of another cluster, or of other namespaces');
        for (const line of lines) {
          const [kind, object] = JSON.parse(line) as Line;
          if (typeof object === 'string') objects.delete(`${kind}:${object}`);
          else objects.set(`${kind}:${keyOf(object)}`, [kind, object]);
        }
        last = at;
      }
      return { at: new Date(last), objects: [...objects.values()] };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.warn({ path: this.#path, err: error }, 'what was saved of the cluster cannot be used');
      return undefined;
    }
  }

  /** What the file has of each save, without one that was not completed: half of it is no state that the cluster was ever in. */
  async #saves(): Promise<readonly Buffer[]> {
    const saves: Buffer[] = [];
    try {
      for await (const member of membersOf(await readFile(this.#path))) saves.push(member);
    } catch (error) {
      if (saves.length === 0) throw error;
      this.#log.warn(
        { path: this.#path, err: error },
        'what was saved of the cluster is cut or damaged; what was saved before that counts',
      );
    }
    return saves;
  }

  /** undefined, and nothing is done, when the file is not there any more as it was left. */
  async #append({ marks }: Left, lines: Iterable<Line>): Promise<Left | undefined> {
    // Whatever forbids it, writing the whole will tell.
    await using file = await open(this.#path, flags.O_WRONLY | flags.O_APPEND).catch(() => undefined);
    if (!file || marksOf(await file.stat()) !== marks) return undefined;
    return await this.#write(file, lines);
  }

  async #replace(lines: Iterable<Line>): Promise<Left & { readonly wholeBytes: number }> {
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await using file = await open(this.#temporary, 'w', 0o600);
      const left = await this.#write(file, lines);
      await rename(this.#temporary, this.#path);
      return { ...left, wholeBytes: left.bytes };
    } catch (error) {
      await rm(this.#temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** One save, where the file ends. */
  async #write(file: FileHandle, lines: Iterable<Line>): Promise<Left> {
    const pack = createGzip({ level: constants.Z_BEST_SPEED });
    await pipeline(Readable.from(this.#pieces(lines)), pack, (packed) => file.writeFile(packed));
    const stats = await file.stat();
    return { bytes: stats.size, marks: marksOf(stats) };
  }

  *#pieces(lines: Iterable<Line>): Generator<string> {
    const head: Head = { version: 2, at: new Date().toISOString(), of: this.#of };
    let piece = [JSON.stringify(head)];
    for (const line of lines) {
      piece.push(JSON.stringify(line));
      if (piece.length < linesAtOnce) continue;
      yield `${piece.join('\n')}\n`;
      piece = [];
    }
    yield `${piece.join('\n')}\n`;
  }
}

const marksOf = ({ dev, ino, size, mtimeMs, mode, uid }: Stats): string =>
  [dev, ino, size, mtimeMs, mode, uid].join();

function* all(objects: ObjectSet): Generator<Line> {
  for (const [kind, some] of Object.entries(objects) as [Kind, ReadonlyMap<string, KubeObject>][])
    for (const object of some.values()) yield [kind, object];
}

function* changed(objects: ObjectSet, changes: Changes): Generator<Line> {
  for (const [kind, keys] of changes) for (const key of keys) yield [kind, objects[kind].get(key) ?? key];
}
