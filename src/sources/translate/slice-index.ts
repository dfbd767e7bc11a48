import type { EndpointSlice } from '../../api/core.ts';
import type { Slices } from './endpoints.ts';

/** Which slices are of which Service. */
export class SliceIndex {
  /** Slice → its Service. */
  readonly #services = new Map<string, string>();
  /** Service → its slices, mostly one. */
  readonly #slices = new Map<string, string | ReadonlySet<string>>();

  /** Looks at some slices anew, undefined for all. @returns the Services that they are and were of */
  update(
    slices: ReadonlyMap<string, EndpointSlice>,
    keys: Iterable<string> | undefined,
  ): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const key of keys ?? new Set([...this.#services.keys(), ...slices.keys()])) {
      const before = this.#services.get(key);
      const slice = slices.get(key);
      const now = slice && serviceOf(slice);
      if (before !== undefined) touched.add(before);
      if (now !== undefined) touched.add(now);
      if (before === now) continue;
      if (before !== undefined) this.#remove(before, key);
      if (now === undefined) this.#services.delete(key);
      else this.#add(now, key);
    }
    return touched;
  }

  /** The slices of a Service in the order of their names. */
  of(service: string, slices: ReadonlyMap<string, EndpointSlice>): Slices {
    const keys = this.#slices.get(service);
    if (keys === undefined) return [];
    const sorted = typeof keys === 'string' ? [keys] : [...keys].toSorted();
    return sorted.flatMap((key) => slices.get(key) ?? []);
  }

  #add(service: string, key: string): void {
    this.#services.set(key, service);
    const keys = this.#slices.get(service);
    if (keys === undefined) this.#slices.set(service, key);
    else this.#slices.set(service, new Set(typeof keys === 'string' ? [keys, key] : [...keys, key]));
  }

  #remove(service: string, key: string): void {
    const keys = this.#slices.get(service);
    const left = typeof keys === 'object' ? [...keys].filter((other) => other !== key) : [];
    const [only] = left;
    if (only === undefined) this.#slices.delete(service);
    else this.#slices.set(service, left.length === 1 ? only : new Set(left));
  }
}

function serviceOf({ metadata: { namespace, labels } }: EndpointSlice): string | undefined {
  const service = labels?.['kubernetes.io/service-name'];
  if (!service) return undefined;
  return namespace ? `${namespace}/${service}` : service;
}
