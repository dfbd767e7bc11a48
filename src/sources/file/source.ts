import type { KubeObject } from '../../api/core.ts';
import type { Settings } from '../../model/settings.ts';
import type { Logger } from '../../telemetry/log.ts';
import { kinds, type Kind, type ObjectSet, type ObjectStatus, type Source } from '../objects.ts';
import { FileError } from './content.ts';
import { foldersOf, stampOfFile } from './files.ts';
import { Reporter } from './report.ts';
import { defaultSettings } from './settings.ts';
import { FileState, type Reading } from './state.ts';
import { FolderWatch } from './watch.ts';
import { tell, type FileProblem } from './written.ts';

export interface FileSource extends Source {
  /** As they were at the start; a change takes effect at the next start. */
  readonly settings: Settings;
  /** `file:line:column` of the field at that JSON pointer, such as `/spec/rules/0/name`. Empty for a foreign object. */
  locate(object: KubeObject, path: string): string;
}

/** Milliseconds; see FolderWatch. */
export interface FileTiming {
  readonly settle: number;
  readonly poll: number;
}

/** Files that go on changing are left to the next look. */
const mostReadings = 3;

/**
 * A loom.yaml, one file of manifests, or a folder of both, read at once and again after every change. Throws a FileError
 * when a loom.yaml, or the only file, cannot be used at the start: later the last good state goes on instead. `externalNames`: Services
 * of type ExternalName may be upstreams.
 */
export function fileSource(
  path: string,
  log: Logger,
  timing?: FileTiming,
  externalNames = false,
): FileSource {
  const state = new FileState(path, externalNames);
  const first = state.read(new Set());
  if (first.broken.length > 0 && !first.settings && isEmpty(first.objects)) throw new FileError(first.broken);
  const brokenLoom = first.broken.filter(({ location }) => /(^|\/)loom\.ya?ml(:|$)/.test(location));
  if (brokenLoom.length > 0) throw new FileError(brokenLoom);
  return new Files(path, state, first, log, timing);
}

class Files implements FileSource {
  readonly synced = true;
  readonly settings: Settings;
  readonly #root: string;
  readonly #state: FileState;
  readonly #log: Logger;
  readonly #timing: FileTiming | undefined;
  readonly #reporter: Reporter;
  readonly #stamps = new Map<string, string>();
  /** Files that changed and could not be read since, because the configuration cannot be listed. */
  readonly #unread = new Set<string>();
  #reading: Reading;
  #told: ReadonlySet<string> = new Set();
  #brokenFiles: ReadonlySet<string> = new Set();
  #watch: FolderWatch | undefined;

  constructor(root: string, state: FileState, first: Reading, log: Logger, timing: FileTiming | undefined) {
    this.#root = root;
    this.#state = state;
    this.#reading = first;
    this.#log = log;
    this.#timing = timing;
    this.#reporter = new Reporter(log, (object) => state.entryOf(object));
    this.settings = first.settings ?? defaultSettings();
    this.#tellProblems();
  }

  get objects(): ObjectSet {
    return this.#reading.objects;
  }

  run(signal: AbortSignal, changed: (kind: Kind) => void): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const watch = new FolderWatch(() => this.#look(changed), this.#timing);
    this.#watch = watch;
    this.#rewatch();
    for (const kind of kinds) changed(kind);
    this.#look(changed);
    return new Promise((done) => {
      signal.addEventListener(
        'abort',
        () => {
          this.#watch = undefined;
          watch.close();
          done();
        },
        { once: true },
      );
    });
  }

  want(): void {
    // All Secrets of the files are read anyway.
  }

  report(statuses: ReadonlyMap<string, ObjectStatus>): void {
    this.#reporter.report(statuses);
  }

  locate(object: KubeObject, path: string): string {
    return this.#state.entryOf(object)?.tell({ path, message: '' }).location ?? '';
  }

  /**
   * A file may change, and a new one be named, while others are read. So stamps are taken before a reading alone, and it
   * is read again until nothing was touched: a change that came between a reading and its stamp would never be seen.
   */
  #look(changed: (kind: Kind) => void): void {
    const before = this.#reading;
    const kindsChanged = new Set<Kind>();
    for (let readings = 0; readings < mostReadings; readings++) {
      const touched = this.#touchedFiles();
      if (readings > 0 && touched.size === 0) break;
      if ([...touched].some((file) => this.#reading.modules.has(file))) kindsChanged.add('WasmPlugin');
      for (const file of touched) this.#unread.add(file);
      this.#read();
      for (const kind of this.#reading.changed) kindsChanged.add(kind);
    }
    this.#tellProblems();
    this.#tellSettings(before.settings);
    this.#rewatch();
    if (kindsChanged.size > 0) this.#log.info({ kinds: [...kindsChanged] }, 'configuration changed');
    for (const kind of kindsChanged) changed(kind);
  }

  #read(): void {
    try {
      this.#reading = this.#state.read(this.#unread);
      this.#unread.clear();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const problem = { location: this.#root, field: '', message };
      this.#reading = { ...this.#reading, broken: [problem], changed: new Set() };
    }
  }

  #tellSettings(before: Settings | undefined): void {
    const { settings } = this.#reading;
    if (settings === before || isSame(settings, before)) return;
    if (isSame(settings, this.settings))
      this.#log.info({ file: this.#root }, 'settings are as at the start again');
    else this.#log.warn({ file: this.#root }, 'settings changed; they take effect at the next start');
  }

  /**
   * Stamps the files beside the configuration, and says which are to be read: those that changed since they were stamped
   * last, and the parts that were read without a stamp. A module is read by those who hear of it, later.
   */
  #touchedFiles(): ReadonlySet<string> {
    const { modules, parts } = this.#reading;
    const touched = new Set<string>();
    for (const file of this.#stamps.keys())
      if (!modules.has(file) && !parts.has(file)) this.#stamps.delete(file);
    for (const file of [...modules, ...parts]) {
      const stamp = stampOfFile(file);
      const before = this.#stamps.get(file);
      if (before === undefined ? parts.has(file) : before !== stamp) touched.add(file);
      this.#stamps.set(file, stamp);
    }
    return touched;
  }

  #rewatch(): void {
    const { modules, parts } = this.#reading;
    this.#watch?.set(foldersOf(this.#root, [...modules, ...parts]));
  }

  #tellProblems(): void {
    const { broken, problems } = this.#reading;
    const now = new Set<string>();
    const once = (problem: FileProblem, message: string): void => {
      const text = tell(problem);
      now.add(text);
      if (!this.#told.has(text)) this.#log.warn({ ...problem, field: problem.field || undefined }, message);
    };
    for (const problem of broken) once(problem, 'file cannot be used; its last good state goes on');
    for (const problem of problems) once(problem, 'entry is left out');
    this.#told = now;
    const brokenFiles = new Set(broken.map(({ location }) => location.replace(/(:\d+)+$/, '')));
    for (const file of this.#brokenFiles)
      if (!brokenFiles.has(file)) this.#log.info({ file }, 'file can be used again');
    this.#brokenFiles = brokenFiles;
  }
}

function isEmpty(objects: ObjectSet): boolean {
  return kinds.every((kind) => objects[kind].size === 0);
}

function isSame(a: Settings | undefined, b: Settings | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
