import { Json } from "./json";

/** From here on a table of names is faster than to look at each. */
const many = 12;

/** The members of an object in the order in which they came. A name that comes again replaces: nobody is to see another one. */
export class Members {
  private names: string[] = [];
  private values: Json[] = [];
  private places: Map<string, i32> | null = null;

  get size(): i32 { return this.names.length; }

  keys(): string[] { return this.names.slice(); }

  /** That many-th of them. */
  name(place: i32): string { return unchecked(this.names[place]); }
  value(place: i32): Json { return unchecked(this.values[place]); }

  has(name: string): bool { return this.place(name) >= 0; }

  find(name: string): Json | null {
    const place = this.place(name);
    return place < 0 ? null : unchecked(this.values[place]);
  }

  /** Of a member that is there. */
  get(name: string): Json { return this.values[this.place(name)]; }

  set(name: string, value: Json): void {
    const place = this.place(name);
    if (place >= 0) {
      unchecked(this.values[place] = value);
      return;
    }
    const places = this.places;
    if (places) places.set(name, this.names.length);
    this.names.push(name);
    this.values.push(value);
  }

  /** False when there is none. */
  delete(name: string): bool {
    const place = this.place(name);
    if (place < 0) return false;
    this.names.splice(place, 1);
    this.values.splice(place, 1);
    this.places = null;
    return true;
  }

  /** -1 for none. */
  private place(name: string): i32 {
    const names = this.names;
    if (names.length >= many) return this.listed(name);
    for (let i = 0; i < names.length; i++) if (unchecked(names[i]) == name) return i;
    return -1;
  }

  private listed(name: string): i32 {
    let places = this.places;
    if (!places) {
      places = new Map();
      for (let i = 0; i < this.names.length; i++) places.set(this.names[i], i);
      this.places = places;
    }
    return places.has(name) ? places.get(name) : -1;
  }
}
