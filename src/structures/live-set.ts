/** What a `LiveSet` notes on a thing that is in it. */
export interface Living {
  /** Where it is there; undefined while it is in none. */
  place: number | undefined;
}

/**
 * Things that come and go with requests and connections, in the order in which they came; each is in at most one such set.
 *
 * Not a `Set`: whenever additions and deletions have filled the table of one, V8 makes another, and the old table points to the new
 * one. Once a table has come to the old generation, as all do in a whole collection, it keeps those after it alive, and everything
 * that has ever been in them. So nothing dies young any more until the next whole collection, which soon follows and begins it all
 * anew. After the first pause in its traffic a worker took half as much CPU time again for each request.
 */
export class LiveSet<T extends Living> {
  readonly #things: (T | undefined)[] = [];
  #size = 0;
  /** Before it there are only gaps. */
  #head = 0;

  get size(): number {
    return this.#size;
  }

  /** That which has been in it for longest. */
  get first(): T | undefined {
    return this.#things[this.#head];
  }

  has(thing: T): boolean {
    return thing.place !== undefined && this.#things[thing.place] === thing;
  }

  add(thing: T): void {
    if (this.has(thing)) return;
    thing.place = this.#things.push(thing) - 1;
    this.#size++;
  }

  /** @returns whether it was there */
  delete(thing: T): boolean {
    if (!this.has(thing)) return false;
    this.#things[thing.place as number] = undefined;
    thing.place = undefined;
    this.#size--;
    if (this.#things.length > 2 * this.#size + 32) this.#close();
    else while (this.#head < this.#things.length && !this.#things[this.#head]) this.#head++;
    return true;
  }

  clear(): void {
    for (const thing of this.values()) thing.place = undefined;
    this.#things.length = 0;
    this.#size = 0;
    this.#head = 0;
  }

  /** What is there now: it may be changed while one walks through it. */
  values(): T[] {
    return this.#things.filter((thing) => thing !== undefined);
  }

  /** Closes the gaps that deletions have left. */
  #close(): void {
    const things = this.#things;
    let place = 0;
    for (const thing of things) {
      if (!thing) continue;
      thing.place = place;
      things[place++] = thing;
    }
    things.length = place;
    this.#head = 0;
  }
}
