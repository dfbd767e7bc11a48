import type { KubeObject } from '../api/core.ts';
import type { LoomRouteSpec, LoomUpstreamSpec, WasmPluginSpec } from '../api/types.gen.ts';
import type { Problem } from './problem.ts';
import { isRecord, specSchema, type LoomKind } from './schema.ts';
import { checkRoute, checkUpstream } from './validate-meaning.ts';
import { checkRules } from './validate-rules.ts';
import { checkSchema } from './validate-schema.ts';
import { toStructure } from './validate-structure.ts';

export interface Specs {
  LoomRoute: LoomRouteSpec;
  LoomUpstream: LoomUpstreamSpec;
  WasmPlugin: WasmPluginSpec;
}

const checkMeaning: { readonly [K in LoomKind]: (spec: Specs[K]) => readonly Problem[] } = {
  LoomRoute: checkRoute,
  LoomUpstream: checkUpstream,
  WasmPlugin: () => [],
};

const known = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);

/**
 * Judges the spec of one object as the API server would by its CRD (schema, strict about unknown fields; defaults; list
 * keys; CEL), then by what only Loom can check. Gives the spec with its defaults, in a copy, or all problems of the first
 * stage that finds any: a later stage relies on the earlier ones. Never throws for what a user wrote.
 */
export function validate<K extends LoomKind>(
  kind: K,
  object: KubeObject,
): { readonly spec: Specs[K] } | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  for (const key in object) if (!known.has(key)) problems.push({ path: `/${key}`, message: 'unknown field' });
  const written = (object as { readonly spec?: unknown }).spec;
  if (written === undefined || written === null)
    return { problems: [...problems, { path: '/spec', message: 'is required' }] };
  if (!isRecord(written))
    return { problems: [...problems, { path: '/spec', message: 'must be a map of fields' }] };
  const schema = specSchema(kind);
  const copy = toStructure(written, schema, '/spec', problems);
  problems.push(...checkSchema(copy, schema, '/spec'));
  if (problems.length > 0) return { problems };
  const broken = checkRules(copy, schema, '/spec');
  if (broken.length > 0) return { problems: broken };
  const spec = copy as Specs[K];
  const meaningless = checkMeaning[kind](spec);
  return meaningless.length > 0 ? { problems: meaningless } : { spec };
}
