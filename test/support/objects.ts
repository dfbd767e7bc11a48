import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/api/core.ts';
import { keyOf, kinds, type Kind, type ObjectSet } from '../../src/sources/objects.ts';

/** A mutable object set, as a source would have it. */
export class Objects {
  readonly set = Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as unknown as ObjectSet;

  /** From YAML documents as kubectl takes them; an object of the same name is replaced. */
  apply(yaml: string): this {
    for (const document of parseAllDocuments(yaml)) {
      const object = document.toJS() as KubeObject | null;
      if (object) this.put(object);
    }
    return this;
  }

  put(object: KubeObject): this {
    (this.set[object.kind as Kind] as Map<string, KubeObject>).set(keyOf(object), object);
    return this;
  }

  delete(kind: Kind, key: string): this {
    (this.set[kind] as Map<string, KubeObject>).delete(key);
    return this;
  }
}
