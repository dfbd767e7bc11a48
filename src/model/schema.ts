import { schemas } from '../api/schemas.gen.ts';

/** The part of a structural schema (apiextensions.k8s.io/v1 JSONSchemaProps) that the CRDs of Loom use. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly description?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

export type LoomKind = keyof typeof schemas;

/** The schema of `spec`, as the CRD of that kind has it. */
export function specSchema(kind: LoomKind): Schema {
  const root = schemas[kind] as Schema;
  const spec = root.properties?.['spec'];
  if (!spec) throw new Error(`the CRD of ${kind} has no spec`);
  return spec;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
