import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stampOf } from '../../stamp.ts';

/** A file as it was at one moment; `stamp` changes when the content may have changed. */
export interface Seen {
  readonly path: string;
  readonly stamp: string;
}

const isConfiguration = (name: string): boolean => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.');

/** The configuration files at a path, sorted by name as kubectl takes them: the file itself, or those directly in the folder. Throws what the file system says. */
export function listFiles(path: string): readonly Seen[] {
  if (!statSync(path).isDirectory()) return [{ path, stamp: stampOfFile(path) }];
  return readdirSync(path)
    .filter(isConfiguration)
    .toSorted()
    .map((name) => join(path, name))
    .filter((file) => !statSync(file, { throwIfNoEntry: false })?.isDirectory())
    .map((file) => ({ path: file, stamp: stampOfFile(file) }));
}

/** Follows symbolic links, so that the swap of a mounted ConfigMap is seen. `gone` when there is no file. */
export function stampOfFile(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? stampOf(stats) : 'gone';
}

/** The folders in which a change of those paths shows, also when a file is replaced by a rename. */
export function foldersOf(root: string, files: Iterable<string>): ReadonlySet<string> {
  const isFolder = statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return new Set([isFolder ? root : dirname(root), ...[...files].map((file) => dirname(file))]);
}
