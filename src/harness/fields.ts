import { toToken } from '../model/problem.ts';
import { isRecord } from '../model/schema.ts';

/** Hears what is wrong with a value; the path is a JSON pointer. */
export type Tell = (path: string, message: string) => unknown;
export type Read<T> = (value: unknown, path: string, tell: Tell) => T;

/**
 * The fields of a map that somebody wrote, read one by one: what has the wrong type is told and counts as absent, and `end`
 * tells of those that nobody asked for.
 */
export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #tell: Tell;
  readonly #asked = new Set<string>();

  constructor(value: unknown, path: string, tell: Tell) {
    this.#fields = isRecord(value) ? value : {};
    this.#path = path;
    this.#tell = tell;
    if (!isRecord(value)) tell(path, 'must be a map of fields');
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  /** With the reader for its kind of value. Undefined when it is absent, or null: for fields where null means something use `has`. */
  read<T>(name: string, read: Read<T>): T | undefined {
    this.#asked.add(name);
    const value = this.#fields[name];
    return value === undefined ? undefined : read(value, `${this.#path}/${toToken(name)}`, this.#tell);
  }

  text(name: string): string | undefined {
    return this.read(name, readText);
  }

  boolean(name: string): boolean | undefined {
    return this.read(name, (value, path, tell) => {
      if (typeof value === 'boolean') return value;
      tell(path, 'must be true or false');
      return undefined;
    });
  }

  /** A whole number within bounds. */
  integer(name: string, least: number, most: number): number | undefined {
    return this.read(name, (value, path, tell) => {
      if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
        return value as number;
      }
      tell(path, `must be a whole number from ${least} to ${most}`);
      return undefined;
    });
  }

  list<T>(name: string, read: Read<T>): readonly T[] | undefined {
    return this.read(name, (value, path, tell) => {
      if (Array.isArray(value)) return value.map((item, i) => read(item, `${path}/${i}`, tell));
      tell(path, 'must be a list');
      return undefined;
    });
  }

  /** Every entry of a map whose names the user chooses. */
  entries<T>(name: string, read: Read<T>): readonly (readonly [string, T])[] | undefined {
    return this.read(name, (value, path, tell) => {
      if (isRecord(value)) {
        return Object.entries(value).map(
          ([key, inner]) => [key, read(inner, `${path}/${toToken(key)}`, tell)] as const,
        );
      }
      tell(path, 'must be a map');
      return undefined;
    });
  }

  end(): void {
    for (const name of Object.keys(this.#fields)) {
      if (!this.#asked.has(name)) this.#tell(`${this.#path}/${toToken(name)}`, 'unknown field');
    }
  }
}

/** A scalar as the text that a header or a body would have. */
export const readText: Read<string | undefined> = (value, path, tell) => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  tell(path, 'must be a text');
  return undefined;
};
