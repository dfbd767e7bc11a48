import type { ObjectSet } from '../objects.ts';

/** One place where an object names another. */
export interface Reference {
  readonly kind: 'LoomUpstream' | 'Service' | 'WasmPlugin' | 'Secret';
  /** What a Secret is for: undefined, a certificate. */
  readonly use?: 'passwords';
  /** Id that the target has, or would have, in the model. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly port?: number;
  /** Where it stands, such as `spec.rules[0].backends[1].upstreamRef`. */
  readonly field: string;
}

const groupOf = { LoomUpstream: 'loom.dev', Service: '', WasmPlugin: 'loom.dev', Secret: '' } as const;

/**
 * Whether a LoomRoute (or a WasmPlugin, for what it calls) of that namespace may refer to the target: always within its namespace, elsewhere when a
 * ReferenceGrant of the target's namespace says so (gateway.networking.k8s.io/v1beta1). A LoomUpstream reference may end at
 * an annotated Service; a grant for either kind covers it.
 */
export function isPermitted(
  objects: ObjectSet,
  fromNamespace: string,
  reference: Reference,
  fromKind: 'LoomRoute' | 'WasmPlugin' = 'LoomRoute',
): boolean {
  if (reference.namespace === fromNamespace) return true;
  const kinds = reference.kind === 'LoomUpstream' ? (['LoomUpstream', 'Service'] as const) : [reference.kind];
  for (const { metadata, spec } of objects.ReferenceGrant.values()) {
    if (metadata.namespace !== reference.namespace) continue;
    const from = spec.from.some(
      (f) => f.group === 'loom.dev' && f.kind === fromKind && f.namespace === fromNamespace,
    );
    const to = spec.to.some((t) =>
      kinds.some(
        (kind) => t.group === groupOf[kind] && t.kind === kind && (!t.name || t.name === reference.name),
      ),
    );
    if (from && to) return true;
  }
  return false;
}
