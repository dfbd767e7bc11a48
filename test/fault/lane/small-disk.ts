import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that can be filled: one of memory, in the mount namespace of the lane. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'loom-disk-'));
  readonly #filler = join(this.folder, 'filler');

  constructor(kib: number) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'loom-disk', this.folder]);
  }

  /** Leaves no room at all. */
  fill(): void {
    for (const size of [1 << 20, 4096]) {
      try {
        for (;;) writeFileSync(this.#filler, Buffer.alloc(size), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  remove(): void {
    execFileSync('umount', ['--lazy', this.folder]);
    rmdirSync(this.folder);
  }
}
