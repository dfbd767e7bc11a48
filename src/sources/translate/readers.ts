import { NameIndex } from '../../model/name-index.ts';
import type { ObjectSet } from '../objects.ts';

/** Who asked for what, so that a change is told to those whom it concerns. Things and readers are names. */
export class Readers {
  readonly #of = new NameIndex();
  #noting: Set<string> | undefined;

  /** Whoever is being made now has asked for that thing. */
  note(thing: string): void {
    this.#noting?.add(thing);
  }

  /** @returns all that was asked for while `make` ran */
  during(make: () => void): readonly string[] {
    const asked = new Set<string>();
    this.#noting = asked;
    try {
      make();
    } finally {
      this.#noting = undefined;
    }
    return [...asked];
  }

  of(thing: string): Iterable<string> {
    return this.#of.of(thing);
  }

  /** Readers of everything of that kind. */
  *ofAll(kind: string): Generator<string> {
    for (const thing of this.#of.keys()) if (thing.startsWith(`${kind}=`)) yield* this.of(thing);
  }

  /** What a reader asks for now, and asked for before. */
  set(reader: string, now: readonly string[], before: readonly string[]): void {
    for (const thing of before) if (!now.includes(thing)) this.#of.remove(thing, reader);
    for (const thing of now) this.#of.add(thing, reader);
  }
}

/** The name of one object, or of another thing of a kind. */
export const thingOf = (kind: string, key: string): string => `${kind}=${key}`;
/** Stands for all objects of a kind: asked for by whoever walks through them. */
const every = '*';

/** Objects of one kind that note who looks at which. */
class NotedMap<V> implements ReadonlyMap<string, V> {
  readonly #kind: string;
  readonly #readers: Readers;
  readonly #map: () => ReadonlyMap<string, V>;

  constructor(kind: string, readers: Readers, map: () => ReadonlyMap<string, V>) {
    this.#kind = kind;
    this.#readers = readers;
    this.#map = map;
  }

  get(key: string): V | undefined {
    this.#readers.note(thingOf(this.#kind, key));
    return this.#map().get(key);
  }

  has(key: string): boolean {
    this.#readers.note(thingOf(this.#kind, key));
    return this.#map().has(key);
  }

  get size(): number {
    return this.#all().size;
  }

  forEach(call: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    this.#all().forEach(call);
  }

  entries(): MapIterator<[string, V]> {
    return this.#all().entries();
  }

  keys(): MapIterator<string> {
    return this.#all().keys();
  }

  values(): MapIterator<V> {
    return this.#all().values();
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  #all(): ReadonlyMap<string, V> {
    this.#readers.note(thingOf(this.#kind, every));
    return this.#map();
  }
}

/** Those who must hear of a change of one object. */
export function* readersOf(readers: Readers, kind: string, key: string): Generator<string> {
  yield* readers.of(thingOf(kind, key));
  yield* readers.of(thingOf(kind, every));
}

/** The objects of a source as those see them who note what they look at. */
export function notedObjects(objects: () => ObjectSet, readers: Readers): ObjectSet {
  const noted = <K extends keyof ObjectSet>(kind: K): ObjectSet[K] =>
    new NotedMap(kind, readers, () => objects()[kind]) as unknown as ObjectSet[K];
  return {
    LoomRoute: noted('LoomRoute'),
    LoomUpstream: noted('LoomUpstream'),
    WasmPlugin: noted('WasmPlugin'),
    Service: noted('Service'),
    EndpointSlice: noted('EndpointSlice'),
    ConfigMap: noted('ConfigMap'),
    Secret: noted('Secret'),
    ReferenceGrant: noted('ReferenceGrant'),
  };
}
