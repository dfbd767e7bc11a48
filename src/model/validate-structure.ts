import { toToken, type Problem } from './problem.ts';
import { isRecord, type Schema } from './schema.ts';

/**
 * A copy of a value as the API server would store it: nulls that no field allows are dropped, then defaults are filled
 * in, also inside what a default brought (structural schemas, "Defaulting"). Unknown fields and entries that repeat the key
 * of a list are problems, as in kubectl's strict validation. Values of the wrong type are copied for the schema to refuse.
 */
export function toStructure(value: unknown, schema: Schema, path: string, problems: Problem[]): unknown {
  if (Array.isArray(value)) {
    const items = schema.items;
    if (!items) return structuredClone(value);
    const list = value.map((item, i) => toStructure(item, items, `${path}/${i}`, problems));
    checkUnique(list, schema, path, problems);
    return list;
  }
  if (!isRecord(value)) return value;
  const { properties } = schema;
  if (!properties) return structuredClone(value);
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const field = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!field) problems.push({ path: `${path}/${toToken(key)}`, message: 'unknown field' });
    else if (inner !== null && inner !== undefined)
      copy[key] = toStructure(inner, field, `${path}/${key}`, problems);
  }
  for (const key in properties) {
    const field = properties[key];
    if (field?.default !== undefined && copy[key] === undefined) {
      copy[key] = toStructure(field.default, field, `${path}/${key}`, problems);
    }
  }
  return copy;
}

function checkUnique(list: readonly unknown[], schema: Schema, path: string, problems: Problem[]): void {
  const type = schema['x-kubernetes-list-type'];
  if (list.length < 2 || (type !== 'set' && type !== 'map')) return;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Set<string>();
  for (const [i, item] of list.entries()) {
    const key = JSON.stringify(isRecord(item) ? keys.map((k) => item[k]) : item);
    if (seen.has(key)) {
      const text = isRecord(item) ? keys.map((k) => `${k} ${String(item[k])}`).join(', ') : String(item);
      problems.push({ path: `${path}/${i}`, message: `duplicate ${text}` });
    }
    seen.add(key);
  }
}
