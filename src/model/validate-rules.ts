import { Environment } from '@marcbachmann/cel-js';
import type { Problem } from './problem.ts';
import { isRecord, type Schema } from './schema.ts';

type Rule = { readonly holds: (self: unknown) => boolean; readonly message: string };

/** A schema with rules somewhere inside; without any, undefined, so that those parts of an object are never visited. */
interface Node {
  readonly rules: readonly Rule[];
  readonly properties: readonly (readonly [string, Node])[];
  readonly items: Node | undefined;
}

const environment = new Environment().registerVariable('self', 'dyn');
const compiled = new WeakMap<Schema, Node>();

/**
 * Evaluates the x-kubernetes-validations (CEL) of a schema over a value that satisfies the schema. Rules are compiled at the
 * first use of the schema; an expression that CEL here does not know throws then, as a fault of the CRD and not of a user.
 */
export function checkRules(value: unknown, schema: Schema, path: string): readonly Problem[] {
  let node = compiled.get(schema);
  if (!node)
    compiled.set(schema, (node = compile(schema) ?? { rules: [], properties: [], items: undefined }));
  const problems: Problem[] = [];
  visit(value, node, path, problems);
  return problems;
}

function compile(schema: Schema): Node | undefined {
  const rules = (schema['x-kubernetes-validations'] ?? []).map(({ rule, message }) => {
    const evaluate = environment.parse(rule);
    return { holds: (self: unknown) => evaluate({ self }) === true, message };
  });
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const node = compile(inner);
    return node ? [[key, node] as const] : [];
  });
  const items = schema.items && compile(schema.items);
  return rules.length > 0 || properties.length > 0 || items ? { rules, properties, items } : undefined;
}

function visit(value: unknown, node: Node, path: string, problems: Problem[]): void {
  for (const { holds, message } of node.rules) if (!holds(value)) problems.push({ path, message });
  if (Array.isArray(value)) {
    const { items } = node;
    if (items) for (const [i, item] of value.entries()) visit(item, items, `${path}/${i}`, problems);
  } else if (isRecord(value)) {
    for (const [key, inner] of node.properties) {
      if (value[key] !== undefined) visit(value[key], inner, `${path}/${key}`, problems);
    }
  }
}
