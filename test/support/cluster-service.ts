/** A Service that Loom takes as an upstream, with other annotations of Loom's. */
export const annotatedService = (
  namespace: string,
  name: string,
  annotations: Readonly<Record<string, string>> = {},
) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name, annotations: { 'loom.dev/upstream': 'true', ...annotations } },
  spec: { ports: [{ name: 'http', port: 80, targetPort: 8000 }] },
});

/** What the endpointslice controller would write for it. The API server refuses loopback addresses here. */
export const slice = (
  namespace: string,
  service: string,
  addresses: readonly string[],
  port: number,
  ready = true,
) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace, name: `${service}-1`, labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready } })),
  ports: [{ name: 'http', port, protocol: 'TCP' }],
});
