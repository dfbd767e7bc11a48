import type { Client } from '../../../src/sources/kube/client.ts';
import { loom } from '../../../test/support/cluster-objects.ts';
import { inParallel } from '../poller.ts';

/** The cluster that is measured: as many Services as routes, each with a slice of endpoints and a route of its own. */
export const namespace = 'bench';
export const paths = {
  routes: `/apis/loom.dev/v1alpha1/namespaces/${namespace}/loomroutes`,
  services: `/api/v1/namespaces/${namespace}/services`,
  slices: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
} as const;

export const hostOf = (i: number): string => `r${i}.bench`;

/** A rule that goes to the Service, and one that answers by itself: what it says shows which version is served. */
export const routeOf = (i: number, body: string) =>
  loom('LoomRoute', namespace, `r${i}`, {
    hosts: [hostOf(i)],
    rules: [
      {
        name: 'version',
        matches: [{ path: { type: 'Exact', value: '/' } }],
        directResponse: { status: 200, body },
      },
      {
        name: 'all',
        matches: [{ path: { type: 'Prefix', value: '/s' } }],
        backends: [{ serviceRef: { name: `s${i}`, port: 80 } }],
      },
    ],
  });

const serviceOf = (i: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `s${i}`, namespace, labels: { app: `s${i}`, 'app.kubernetes.io/part-of': 'bench' } },
  spec: {
    clusterIP: 'None',
    selector: { app: `s${i}` },
    ports: [{ name: 'http', port: 80, targetPort: 8080 }],
  },
});

/** Endpoints as the controller of a cluster writes them. The addresses are on `lo` of the lane; nobody listens but where `port` says. */
export const sliceOf = (i: number, count: number, port = 9) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: `s${i}-abcde`,
    namespace,
    labels: {
      'kubernetes.io/service-name': `s${i}`,
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      app: `s${i}`,
    },
  },
  addressType: 'IPv4',
  endpoints: Array.from({ length: count }, (_, j) => ({
    addresses: [`10.77.0.${2 + ((i * count + j) % 250)}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${(i + j) % 50}`,
    zone: `zone-${(i + j) % 3}`,
    targetRef: { kind: 'Pod', namespace, name: `s${i}-7c9d6f5b48-${j}`, uid: `0b5e0000-0000-4000-8000-${i}` },
  })),
  ports: [{ name: 'http', port, protocol: 'TCP' }],
});

const conditions = [
  ['Accepted', 'Accepted', 'The object is valid.'],
  ['ResolvedRefs', 'ResolvedRefs', 'All references are resolved.'],
  ['Programmed', 'Programmed', 'Every data worker serves it.'],
].map(([type, reason, message]) => ({
  type,
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason,
  message,
}));

/** Makes all, with the statuses that a Loom before would have written: a pod that starts in a cluster that is at rest. */
export async function fill(client: Client, count: number, endpoints: number): Promise<void> {
  const { signal } = new AbortController();
  const each = Math.ceil(endpoints / count);
  await inParallel(count, 12, async (i) => {
    await client.create(paths.services, serviceOf(i), signal);
    await client.create(paths.slices, sliceOf(i, each), signal);
    const route = routeOf(i, 'first');
    await client.create(paths.routes, route, signal);
    await client.apply(
      `${paths.routes}/r${i}/status`,
      { apiVersion: route.apiVersion, kind: route.kind, metadata: route.metadata, status: { conditions } },
      signal,
    );
  });
}
