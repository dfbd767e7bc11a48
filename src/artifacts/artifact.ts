import { readFile, stat } from 'node:fs/promises';
import type { PluginSource } from '../model/model.ts';
import type { ObjectSet } from '../sources/objects.ts';

/** One kind of place where modules come from. */
export interface ArtifactReader<S extends PluginSource> {
  /** Changes exactly when the content may have changed; compared with Object.is. Throws when there is nothing to read. */
  stamp(source: S): Promise<unknown>;
  read(source: S): Promise<Uint8Array>;
}

export type ArtifactReaders = {
  readonly [T in PluginSource['type']]: ArtifactReader<Extract<PluginSource, { type: T }>>;
};

/** Larger modules than this are not read: the largest plugins in the wild have 10 MB. */
const maxBytes = 64 * 1024 * 1024;

/** `objects` gives what the source knows now. */
export function artifactReaders(objects: () => ObjectSet): ArtifactReaders {
  const base64 = ({ namespace, name, key }: Extract<PluginSource, { type: 'ConfigMap' }>): string => {
    const id = namespace ? `${namespace}/${name}` : name;
    const value = objects().ConfigMap.get(id)?.binaryData?.[key];
    if (value === undefined) throw new Error(`the ConfigMap ${id} has no key ${key} in binaryData`);
    return value;
  };
  return {
    ConfigMap: {
      stamp: async (source) => base64(source),
      read: async (source) => Buffer.from(base64(source), 'base64'),
    },
    File: {
      stamp: async ({ path }) => {
        const { mtimeMs, size, ino } = await stat(path);
        if (size > maxBytes) throw new Error(`${path} has ${size} bytes, more than ${maxBytes}`);
        return `${mtimeMs} ${size} ${ino}`;
      },
      read: ({ path }) => readFile(path),
    },
  };
}
