import { readFile, stat } from 'node:fs/promises';
import type { PluginSource } from '../model/plugin.ts';
import type { ObjectSet } from '../sources/objects.ts';
import { stampOf } from '../stamp.ts';
import { maxModuleBytes } from './size.ts';

/** Sources that are at hand: reading them waits for no network. */
export type LocalSource = Extract<PluginSource, { type: 'ConfigMap' | 'File' }>;

/** One kind of place where modules come from. */
export interface ArtifactReader<S extends LocalSource> {
  /** Changes exactly when the content may have changed; compared with Object.is, taken before `read`. Throws when there is nothing to read. */
  stamp(source: S): Promise<unknown>;
  read(source: S): Promise<Uint8Array>;
}

export type ArtifactReaders = {
  readonly [T in LocalSource['type']]: ArtifactReader<Extract<LocalSource, { type: T }>>;
};

type ConfigMapSource = Extract<LocalSource, { type: 'ConfigMap' }>;

/** `objects` gives what the source knows now. */
export function artifactReaders(objects: () => ObjectSet): ArtifactReaders {
  // The stamp is the list of the pieces itself, the same list while no piece changes: joining megabytes would cost more.
  const stamps = new WeakMap<ConfigMapSource, readonly string[]>();
  const pieces = (source: ConfigMapSource): readonly string[] => {
    const now = source.parts.map(({ name, key }) => {
      const id = source.namespace ? `${source.namespace}/${name}` : name;
      const value = objects().ConfigMap.get(id)?.binaryData?.[key];
      if (value === undefined) throw new Error(`the ConfigMap ${id} has no key ${key} in binaryData`);
      return value;
    });
    const before = stamps.get(source);
    if (before?.every((piece, i) => piece === now[i])) return before;
    stamps.set(source, now);
    return now;
  };
  return {
    ConfigMap: {
      stamp: async (source) => pieces(source),
      read: async (source) => Buffer.concat(pieces(source).map((piece) => Buffer.from(piece, 'base64'))),
    },
    File: {
      stamp: async ({ path }) => {
        const found = await stat(path);
        // Reading a pipe or a device might never end.
        if (!found.isFile()) throw new Error(`${path} is not a regular file`);
        const { size } = found;
        if (size > maxModuleBytes) throw new Error(`${path} has ${size} bytes, more than ${maxModuleBytes}`);
        return stampOf(found);
      },
      read: ({ path }) => readFile(path),
    },
  };
}
