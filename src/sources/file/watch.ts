import { watch, type FSWatcher } from 'node:fs';

/** Milliseconds: an editor saves in several steps within `settle`; `poll` finds what the kernel did not tell (network mounts). */
const defaults = { settle: 50, poll: 5000 };

/** Calls `look` after something may have changed in the watched folders; at once after the last of a burst. */
export class FolderWatch {
  readonly #look: () => void;
  readonly #settle: number;
  readonly #poll: NodeJS.Timeout;
  readonly #watchers = new Map<string, FSWatcher>();
  #pending: NodeJS.Timeout | undefined;

  constructor(look: () => void, { settle, poll } = defaults) {
    this.#look = look;
    this.#settle = settle;
    this.#poll = setInterval(look, poll);
  }

  /** Watches exactly these folders. One that does not exist yet is tried again at the next call. */
  set(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#open(folder);
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#pending);
    this.set(new Set());
  }

  #open(folder: string): void {
    try {
      const watcher = watch(folder, () => this.#touched());
      const drop = (): void => {
        watcher.close();
        if (this.#watchers.get(folder) === watcher) this.#watchers.delete(folder);
        this.#touched();
      };
      watcher.on('error', drop);
      this.#watchers.set(folder, watcher);
    } catch {
      // The poll goes on looking, and the folder is watched once it is there.
    }
  }

  #touched(): void {
    clearTimeout(this.#pending);
    this.#pending = setTimeout(this.#look, this.#settle);
  }
}
