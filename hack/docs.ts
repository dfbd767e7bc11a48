/** Writes docs/reference.md from crds/ and from the schema of the settings. `--check` only says whether it is stale. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Schema } from '../src/model/schema.ts';
import { settingsSchema } from '../src/sources/file/settings-schema.ts';

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const file = 'docs/reference.md';
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.type === 'array')
    return `list of ${schema.items?.type === 'object' ? 'maps' : `${schema.items?.type ?? 'any'}s`}`;
  if (schema.type === 'object') return schema.properties ? 'map' : 'free form';
  if (schema.pattern?.includes('(h|m|s|ms)')) return 'duration';
  const { minimum, maximum } = schema;
  if (minimum !== undefined && maximum !== undefined) return `${schema.type} ${minimum}–${maximum}`;
  return minimum === undefined ? (schema.type ?? 'any') : `${schema.type} ≥ ${minimum}`;
}

/** One row for each field, depth first; what is required is marked with a star. */
function rows(schema: Schema, path: string): string[] {
  const inner = schema.type === 'array' ? (schema.items ?? {}) : schema;
  const at = schema.type === 'array' ? `${path}[]` : path;
  return Object.entries(inner.properties ?? {}).flatMap(([name, field]) => {
    const full = at ? `${at}.${name}` : name;
    const star = inner.required?.includes(name) ? ' *' : '';
    const fallback = field.default === undefined ? '' : code(field.default);
    const row = `| \`${full}\`${star} | ${cell(typeOf(field))} | ${cell(fallback)} | ${cell(field.description ?? '')} |`;
    return [row, ...rows(field, full)];
  });
}

/** Rules over several fields at once. */
function rules(schema: Schema, path: string): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => `- \`${path}\`: ${message}`);
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    rules(field, `${path}.${name}`),
  );
  return [...own, ...inner, ...(schema.items ? rules(schema.items, `${path}[]`) : [])];
}

const table = (lines: readonly string[]): string =>
  ['| field | type | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');

const kinds = globSync('crds/*.yaml')
  .toSorted()
  .map((name) => parse(readFileSync(name, 'utf8')) as Crd)
  .map(({ spec: { group, names, versions } }) => {
    const [version] = versions;
    const root = version?.schema.openAPIV3Schema ?? {};
    const spec = root.properties?.['spec'] ?? {};
    const short = names.shortNames?.length ? ` Short name: \`${names.shortNames.join('`, `')}\`.` : '';
    const checks = rules(spec, 'spec');
    return [
      `## ${names.kind}`,
      `\`${group}/${version?.name}\`. ${root.description}${short}`,
      table(rows(spec, 'spec')),
      ...(checks.length > 0 ? ['Beyond the types:', checks.join('\n')] : []),
    ].join('\n\n');
  });

const text = `${[
  '<!-- Written by hack/docs.ts from crds/ and src/sources/file/settings-schema.ts. Do not edit. -->',
  '# Reference',
  'Every field of the three kinds and of the settings of `loom.yaml`. A star marks what must be there. Durations are written as in `500ms`, `30s` or `1h30m` (GEP-2257). How `loom.yaml` spells the kinds is in [loom-yaml.md](loom-yaml.md).',
  ...kinds,
  '## Settings of loom.yaml',
  'What belongs to the process, not to an object.',
  table(rows(settingsSchema, '')),
].join('\n\n')}\n`;

if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error(`${file} is not what crds/ says: run npm run generate`);
  process.exitCode = 1;
}
