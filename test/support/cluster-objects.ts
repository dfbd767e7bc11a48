import type { Condition, KubeObject } from '../../src/api/core.ts';
import type { Cluster } from './cluster.ts';
import { until } from './cluster-wait.ts';

/** Applies objects as a user does, with kubectl. */
export async function apply(kube: Cluster, ...objects: readonly object[]): Promise<void> {
  await kube.kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  );
}

/** Applies one object of Loom's own group. */
export const loom = (
  kind: 'LoomRoute' | 'LoomUpstream' | 'WasmPlugin',
  namespace: string,
  name: string,
  spec: object,
) => ({
  apiVersion: 'loom.dev/v1alpha1',
  kind,
  metadata: { namespace, name },
  spec,
});

/** A route of one rule that sends everything of `host` to a LoomUpstream of its namespace. */
export const routeTo = (upstream: string, namespace: string, host: string, rule: object = {}) =>
  loom('LoomRoute', namespace, host.split('.')[0] ?? host, {
    hosts: [host],
    rules: [{ name: 'all', backends: [{ upstreamRef: { name: upstream } }], ...rule }],
  });

export const staticUpstream = (namespace: string, name: string, address: string, port: number) =>
  loom('LoomUpstream', namespace, name, { endpoints: [{ address, port }] });

/** Namespaces stay after a run: there is no controller that empties them. Each test file takes one of its own. */
export const createNamespace = (kube: Cluster, name: string): Promise<void> =>
  apply(kube, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** Deletes all that tests make in a namespace and that an operator reads. */
export async function clear(kube: Cluster, ...namespaces: readonly string[]): Promise<void> {
  const kinds = 'loomroutes,loomupstreams,wasmplugins,services,endpointslices';
  for (const namespace of namespaces) {
    await kube.kubectl(['delete', kinds, '--all', '-n', namespace, '--wait=false']);
    await kube.kubectl(['delete', 'configmaps', '-l', 'loom.dev/wasm=true', '-n', namespace]);
  }
}

/** Throws when a file left what an operator serves: its hosts may be those of a file that comes after it. */
export async function refuseLeftovers(kube: Cluster): Promise<void> {
  const of = async (kind: string): Promise<KubeObject[]> =>
    JSON.parse(await kube.kubectl(['get', kind, '-A', '-o', 'json'])).items;
  const annotated = ({ metadata }: KubeObject): boolean =>
    Object.keys(metadata.annotations ?? {}).some((name) => name.startsWith('loom.dev/'));
  const left = [...(await of('loomroutes')), ...(await of('services')).filter(annotated)];
  const names = left.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
  if (names.length > 0) throw new Error(`not cleared: ${names.join(', ')}`);
}

/** @returns the object, `resource` as in `loomroute/shop` */
export async function read(kube: Cluster, namespace: string, resource: string): Promise<KubeObject> {
  return JSON.parse(await kube.kubectl(['get', resource, '-n', namespace, '-o', 'json']));
}

/**
 * Waits until the conditions of the object's present generation have the statuses of `wanted`, such as `{ Accepted: 'True' }`.
 * @returns the conditions by type
 */
export function conditions(
  kube: Cluster,
  namespace: string,
  resource: string,
  wanted: Readonly<Record<string, string>>,
  // A leader that was killed keeps others waiting for 15 s, one that was away may wait 30 s.
  seconds = 90,
): Promise<Readonly<Record<string, Condition>>> {
  return until(
    `${JSON.stringify(wanted)} at ${resource}`,
    async () => {
      const { metadata, status }: KubeObject & { status?: { conditions?: Condition[] } } = JSON.parse(
        await kube.kubectl(['get', resource, '-n', namespace, '-o', 'json']),
      );
      const all = status?.conditions ?? [];
      const current = all.filter((c) => c.observedGeneration === metadata.generation);
      const byType = Object.fromEntries(current.map((c) => [c.type, c]));
      if (Object.entries(wanted).every(([type, value]) => byType[type]?.status === value)) return byType;
      throw new Error(`generation ${metadata.generation}, conditions ${JSON.stringify(all)}`);
    },
    seconds,
  );
}

/** All three conditions are True. */
export const served = { Accepted: 'True', ResolvedRefs: 'True', Programmed: 'True' } as const;
