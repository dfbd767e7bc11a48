/**
 * An ordered list of header fields that keeps duplicates (RFC 9110 section 5.3). Names are lower case, values are
 * Latin-1 strings as they came off the wire. Stored flat, [name, value, name, value, …], because that is what node:http
 * and undici take and give: no object per field.
 */
export class HeaderList {
  readonly flat: string[];
  /** Every value is known to hold nothing but what a field may (RFC 9110 section 5.5): nobody has to look again. */
  isSound = false;

  constructor(flat: string[] = []) {
    this.flat = flat;
  }

  /** Empty, for what a strict parser reads. */
  static ofWire(): HeaderList {
    const list = new HeaderList();
    list.isSound = true;
    return list;
  }

  /** Copies a flat list whose names may be in any case. */
  static fromRaw(raw: readonly string[]): HeaderList {
    const flat = raw.slice();
    for (let i = 0; i < flat.length; i += 2) flat[i] = (flat[i] as string).toLowerCase();
    return new HeaderList(flat);
  }

  get size(): number {
    return this.flat.length / 2;
  }

  /** The first value of that name. */
  get(name: string): string | undefined {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1];
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** All values of that name joined by `, ` as RFC 9110 section 5.2 allows, or undefined. */
  joined(name: string): string | undefined {
    const { flat } = this;
    let all: string | undefined;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === name) all = all === undefined ? flat[i + 1] : `${all}, ${flat[i + 1]}`;
    }
    return all;
  }

  append(name: string, value: string): void {
    this.isSound = false;
    this.flat.push(name, value);
  }

  /** `append` for a value that a field may have: the parser has looked, or Loom made it. */
  appendSound(name: string, value: string): void {
    this.flat.push(name, value);
  }

  /** Leaves exactly one field of that name, at the place of the first. */
  set(name: string, value: string): void {
    this.isSound = false;
    this.setSound(name, value);
  }

  /** `set` for a value that a field may have. */
  setSound(name: string, value: string): void {
    const { flat } = this;
    let at = 0;
    while (at < flat.length && flat[at] !== name) at += 2;
    flat[at] = name;
    flat[at + 1] = value;
    let to = at + 2;
    for (let i = to; i < flat.length; i += 2) {
      if (flat[i] === name) continue;
      if (i !== to) {
        flat[to] = flat[i] as string;
        flat[to + 1] = flat[i + 1] as string;
      }
      to += 2;
    }
    if (to !== flat.length) flat.length = to;
  }

  /** Removes all fields of that name; true when there was one. */
  delete(name: string): boolean {
    const { flat } = this;
    let to = 0;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === name) continue;
      flat[to++] = flat[i] as string;
      flat[to++] = flat[i + 1] as string;
    }
    const removed = to !== flat.length;
    flat.length = to;
    return removed;
  }

  /** Removes all fields of those names in one pass. */
  deleteAny(names: readonly string[]): void {
    const { flat } = this;
    let to = 0;
    for (let i = 0; i < flat.length; i += 2) {
      if (names.includes(flat[i] as string)) continue;
      flat[to++] = flat[i] as string;
      flat[to++] = flat[i + 1] as string;
    }
    flat.length = to;
  }

  copy(): HeaderList {
    return new HeaderList(this.flat.slice());
  }
}
