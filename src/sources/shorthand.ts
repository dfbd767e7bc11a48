import { toKeys, toToken, type Problem } from '../model/problem.ts';
import { isRecord, specSchema, type LoomKind, type Schema } from '../model/schema.ts';
import { forms, Told } from './shorthand-forms.ts';

export interface Expansion {
  /** In the shape of the CRD. What could not be understood stays as it was written, so that validation refuses it. */
  readonly spec: unknown;
  /** What is wrong with the short forms, in better words than validation has. Paths as `/spec/…` of the expanded object. */
  readonly problems: readonly Problem[];
  /** The words of the user for a problem of the expanded object: JSON pointer into what was given to `expand`. */
  readonly toWritten: (problem: Problem) => Problem;
}

/**
 * Expands the friendly spelling of loom.yaml to the spec of the CRD: short forms, snake_case or kebab-case field names and
 * enum values, all driven by the schema; free-form objects (`config`) are not touched. The long spelling passes unchanged.
 */
export function expand(kind: LoomKind, entry: Readonly<Record<string, unknown>>): Expansion {
  return new Expander(kind, false).expand(entry);
}

/**
 * The same from texts by dotted field (`health_check.path` → `/health`), as annotations have them: numbers are read as such,
 * lists are separated by commas, and what begins with `{` or `[` is JSON. A written pointer `/health_check/path` names the key.
 */
export function expandTexts(kind: LoomKind, fields: Readonly<Record<string, string>>): Expansion {
  const entry: Record<string, unknown> = {};
  const clashes: Problem[] = [];
  for (const [key, text] of Object.entries(fields)) {
    const steps = key.split('.');
    const last = steps.pop() ?? '';
    let at = entry;
    for (const step of steps) {
      if (!Object.hasOwn(at, step)) at[step] = {};
      const next = at[step];
      at = isRecord(next) ? next : {};
    }
    if (Object.hasOwn(at, last))
      clashes.push({ path: `/spec/${toToken(key)}`, message: `cannot stand beside ${key}.*` });
    at[last] = text;
  }
  return new Expander(kind, true, clashes).expand(entry);
}

const toCamel = (name: string): string =>
  name.replaceAll(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const toFlat = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase();

class Expander {
  readonly #kind: LoomKind;
  readonly #texts: boolean;
  readonly #problems: Problem[];
  readonly #origins = new Map<string, Told>();

  constructor(kind: LoomKind, texts: boolean, problems: Problem[] = []) {
    this.#kind = kind;
    this.#texts = texts;
    this.#problems = problems;
  }

  expand(entry: unknown): Expansion {
    const spec = this.#convert(new Told(entry, ''), specSchema(this.#kind), '');
    return { spec, problems: this.#problems, toWritten: (problem) => this.#toWritten(problem) };
  }

  /** `to` is the pointer into the spec. */
  #convert(outer: Told, schema: Schema, to: string): unknown {
    let told = outer;
    while (told.value instanceof Told) told = told.value;
    const { from, whole } = told;
    const value = this.#read(told.value, schema);
    const form = forms[this.#kind][to.replaceAll(/\/[0-9]+(?=\/|$)/g, '/*')];
    this.#origins.set(to, told);
    if (form) {
      const longer = form(value, from, (field, message) =>
        this.#problems.push({ path: `/spec${to}${field && `/${toToken(field)}`}`, message }),
      );
      return this.#descend(longer instanceof Told ? longer : new Told(longer, from, whole), schema, to);
    }
    return this.#descend(new Told(value, from, whole), schema, to);
  }

  #descend(told: Told, schema: Schema, to: string): unknown {
    const { value, from, whole } = told;
    this.#origins.set(to, told);
    const inner = (item: unknown, key: string | number): Told =>
      item instanceof Told ? item : new Told(item, whole ? from : `${from}/${toToken(key)}`, whole);
    const { items, properties } = schema;
    if (items) {
      const list = typeof value === 'string' ? splitList(value, from) : value;
      if (!Array.isArray(list)) return list;
      return list.map((item, i) => this.#convert(inner(item, i), items, `${to}/${i}`));
    }
    if (properties && isRecord(value)) return this.#fields(value, properties, inner, to);
    return typeof value === 'string' && schema.enum ? enumValue(value, schema.enum) : value;
  }

  #fields(
    value: Readonly<Record<string, unknown>>,
    properties: Readonly<Record<string, Schema>>,
    inner: (item: unknown, key: string) => Told,
    to: string,
  ): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const camel = Object.hasOwn(properties, key) ? key : toCamel(key);
      const schema = Object.hasOwn(properties, camel) ? properties[camel] : undefined;
      const told = inner(item, key);
      if (schema && !Object.hasOwn(out, camel)) {
        out[camel] = this.#convert(told, schema, `${to}/${camel}`);
        continue;
      }
      // Set twice: under a name that the schema does not know, so that validation refuses the object.
      const name = schema && key === camel ? toSnake(key) : key;
      const path = `${to}/${toToken(name)}`;
      if (schema) this.#problems.push({ path: `/spec${path}`, message: 'is set twice, in two spellings' });
      this.#origins.set(path, told);
      out[name] = written(told);
    }
    return out;
  }

  /** Texts of annotations as the values that they stand for. */
  #read(value: unknown, schema: Schema): unknown {
    if (!this.#texts || typeof value !== 'string') return value;
    if (schema.type === 'integer' && /^-?[0-9]{1,15}$/.test(value)) return Number(value);
    if (schema.type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true';
    if ((schema.type === 'object' || schema.type === 'array') && /^\s*[[{]/.test(value)) {
      try {
        return JSON.parse(value) as unknown;
      } catch {
        return value;
      }
    }
    return value;
  }

  /** The nearest told ancestor, and what is below it. What lies inside a short form is named in the message. */
  #toWritten({ path, message }: Problem): Problem {
    const keys = toKeys(path).slice(1);
    for (let depth = keys.length; depth >= 0; depth--) {
      const told = this.#origins.get(
        keys
          .slice(0, depth)
          .map((key) => `/${toToken(key)}`)
          .join(''),
      );
      if (!told) continue;
      const below = keys.slice(depth);
      if (!told.whole)
        return { path: told.from + below.map((key) => `/${toToken(toSnake(key))}`).join(''), message };
      const last = keys.at(-1) ?? '';
      return { path: told.from, message: partNames.has(last) ? `${last} ${message}` : message };
    }
    return { path: '', message };
  }
}

/** Fields that several of can be in one short form, so that a message must say which. */
const partNames = new Set(['address', 'port', 'name', 'namespace', 'weight']);

const toSnake = (name: string): string =>
  name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A text where a list is expected is a list of its parts, all of which stand in that one place. */
function splitList(text: string, from: string): readonly Told[] {
  return text.split(',').map((part) => new Told(part.trim(), from));
}

function written(told: Told): unknown {
  return told.value instanceof Told ? written(told.value) : told.value;
}

function enumValue(value: string, values: readonly unknown[]): unknown {
  if (values.includes(value)) return value;
  return values.find((known) => typeof known === 'string' && toFlat(known) === toFlat(value)) ?? value;
}
