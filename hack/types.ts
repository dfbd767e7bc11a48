/**
 * Writes what follows from crds/*.yaml: src/api/types.gen.ts, src/api/schemas.gen.ts and the copies of both charts (helm reads
 * CRDs from its own folder only). `--check` only says whether they are stale.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly (string | number)[];
  readonly default?: unknown;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

interface Crd {
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const header = '// Written by `npm run generate` from crds/. Do not edit.\n';
const singular = (name: string): string =>
  name.endsWith('ches')
    ? name.slice(0, -2)
    : name.endsWith('s') && !name.endsWith('ss')
      ? name.slice(0, -1)
      : name;
const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Collects one named interface per object schema, the parents after the children they use. */
function interfaces(kind: string, root: Schema): string[] {
  const done: string[] = [];
  const typeOf = (schema: Schema, name: string): string => {
    if (schema.enum)
      return schema.enum.map((v) => (typeof v === 'string' ? `'${v}'` : String(v))).join(' | ');
    switch (schema.type) {
      case 'integer':
        return 'number';
      case 'boolean':
        return 'boolean';
      case 'array': {
        const inner = typeOf(schema.items ?? {}, singular(name));
        return `readonly ${inner.includes('|') ? `(${inner})` : inner}[]`;
      }
      case 'object':
        if (!schema.properties) return 'Readonly<Record<string, unknown>>';
        declare(schema, name);
        return name;
      case undefined:
        return 'unknown';
      default:
        return 'string';
    }
  };
  const declare = (schema: Schema, name: string): void => {
    const fields = Object.entries(schema.properties ?? {}).map(([field, sub]) => {
      const required = schema.required?.includes(field) || 'default' in sub;
      const type = typeOf(sub, `${name}${pascal(field)}`);
      return `  /** ${sub.description} */\n  readonly ${field}${required ? '' : '?'}: ${type};\n`;
    });
    done.push(`/** ${schema.description} */\nexport interface ${name} {\n${fields.join('')}}\n`);
  };
  declare(root.properties?.['spec'] ?? {}, `${kind}Spec`);
  done.push(
    `export interface ${kind} extends KubeObject {\n  readonly kind: '${kind}';\n  readonly spec: ${kind}Spec;\n` +
      `  readonly status?: { readonly conditions?: readonly Condition[] };\n}\n`,
  );
  return done;
}

/** The CRD as a template of Helm, which is told to leave it, and with it all objects, when the release is uninstalled. */
function kept(file: string): string {
  const text = readFileSync(file, 'utf8');
  if (text.includes('{{')) throw new Error(`${file}: Helm would take {{ for an action`);
  return text.replace('\nmetadata:\n', '\nmetadata:\n  annotations: { helm.sh/resource-policy: keep }\n');
}

const sources = globSync('crds/*.yaml').toSorted();
const crds = sources.map((file) => parse(readFileSync(file, 'utf8')) as Crd);
const schemas: Record<string, Schema> = {};
const types = [`${header}import type { Condition, KubeObject } from './core.ts';\n`];
for (const crd of crds) {
  const kind = crd.spec.names.kind;
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {};
  schemas[kind] = schema;
  types.push(...interfaces(kind, schema));
}
const outputs: Record<string, string> = {
  ...Object.fromEntries(sources.map((file) => [`charts/loom/${file}`, readFileSync(file, 'utf8')])),
  ...Object.fromEntries(
    sources.map((file) => [file.replace('crds/', 'charts/loom-crds/templates/'), kept(file)]),
  ),
  'src/api/types.gen.ts': types.join('\n'),
  'src/api/schemas.gen.ts': `${header}export const schemas: Readonly<Record<'${crds
    .map((c) => c.spec.names.kind)
    .join("' | '")}', object>> = ${JSON.stringify(schemas, undefined, 1)};\n`,
};
const stale = Object.entries(outputs).filter(([file, text]) => {
  try {
    return readFileSync(file, 'utf8') !== text;
  } catch {
    return true;
  }
});
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`${file} is not what crds/ says: run npm run generate`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [file, text] of stale) writeFileSync(file, text);
}
