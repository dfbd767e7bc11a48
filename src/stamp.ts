import type { Stats } from 'node:fs';

/** Milliseconds: more than a tick of the clock that file systems stamp with. */
const tick = 20;

/**
 * Another one when the content of a file may have changed; to be taken before the file is read. That of a file that was
 * written a moment ago is another one a moment later: within one tick of the clock it may be written again, to the same
 * size, and show the same times.
 */
export function stampOf({ mtimeMs, size, ino }: Stats): string {
  const settled = Date.now() - mtimeMs > tick ? '' : ' unsettled';
  return `${mtimeMs} ${size} ${ino}${settled}`;
}
