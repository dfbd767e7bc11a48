import type { KubeObject } from '../../../src/api/core.ts';

/** @returns a whole number from 0 to below `below` */
export type Draw = (below: number) => number;

const pick = <T>(draw: Draw, values: readonly T[]): T => values[draw(values.length)] as T;
const maybe = <T extends object>(draw: Draw, value: T): T | object => (draw(2) === 0 ? value : {});
const namespaces = ['a', 'b'];
const names = ['x', 'y', 'z'];

function own(kind: string, draw: Draw, spec: object): KubeObject {
  return {
    apiVersion: 'loom.dev/v1alpha1',
    kind,
    metadata: {
      name: pick(draw, names),
      namespace: pick(draw, namespaces),
      generation: draw(1000),
      creationTimestamp: `2026-01-0${1 + draw(3)}T00:00:00Z`,
    },
    spec: { ...spec, ...(draw(8) === 0 && { className: 'other' }) },
  } as KubeObject;
}

const serviceRef = (draw: Draw) => ({
  name: pick(draw, names),
  port: pick(draw, [80, 81]),
  ...maybe(draw, { namespace: pick(draw, namespaces) }),
});
const upstreamRef = (draw: Draw) => ({
  name: pick(draw, names),
  ...maybe(draw, { namespace: pick(draw, namespaces) }),
});
const backend = (draw: Draw) =>
  draw(2) === 0 ? { serviceRef: serviceRef(draw) } : { upstreamRef: upstreamRef(draw) };

const route = (draw: Draw): KubeObject =>
  own('LoomRoute', draw, {
    ...maybe(draw, { hosts: [pick(draw, ['one.test', 'two.test', '*.test'])] }),
    rules: Array.from({ length: 1 + draw(2) }, (_, i) => ({
      name: `rule-${i}`,
      // A path without its slash is invalid: the last valid version goes on.
      matches: [{ path: { value: pick(draw, ['/', '/p', '/q', '/q', draw(3) === 0 ? 'bad' : '/r']) } }],
      ...maybe(draw, { plugins: [{ name: pick(draw, names), ...maybe(draw, { namespace: 'b' }) }] }),
      ...maybe(draw, { mirrors: [{ ...backend(draw), percent: 50 }] }),
      backends: [backend(draw)],
    })),
    ...maybe(draw, { tls: { secretRef: { name: pick(draw, names), ...maybe(draw, { namespace: 'b' }) } } }),
  });

const upstream = (draw: Draw): KubeObject =>
  own('LoomUpstream', draw, {
    ...(draw(2) === 0
      ? { serviceRef: { name: pick(draw, names), port: pick(draw, [80, 81]) } }
      : { endpoints: [{ address: `10.0.0.${1 + draw(3)}`, port: draw(9) === 0 ? 99_999 : 80 }] }),
    ...maybe(draw, {
      protocol: 'Https',
      tls: pick(draw, [
        { caSecretRef: { name: pick(draw, names) } },
        { caConfigMapRef: { name: pick(draw, names) } },
        { serverName: 'u.test', insecureSkipVerify: true },
      ]),
    }),
  });

const plugin = (draw: Draw): KubeObject =>
  own('WasmPlugin', draw, {
    source:
      draw(2) === 0
        ? {
            oci: {
              image: 'registry.test/p:1',
              ...maybe(draw, { pullSecretRef: { name: pick(draw, names) } }),
            },
          }
        : { configMap: { name: pick(draw, names), key: 'plugin.wasm' } },
    phase: 'Authn',
    ...maybe(draw, {
      targets: [
        pick(draw, [
          { hosts: ['one.test'] },
          { routes: [pick(draw, names)] },
          { services: [pick(draw, names)], config: { a: draw(2) } },
        ]),
      ],
    }),
    ...maybe(draw, { capabilities: { upstreams: [`${pick(draw, namespaces)}/${pick(draw, names)}:80`] } }),
  });

const service = (draw: Draw): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: pick(draw, names),
      namespace: pick(draw, namespaces),
      creationTimestamp: `2026-01-0${1 + draw(3)}T00:00:00Z`,
      ...maybe(draw, {
        annotations: {
          ...maybe(draw, { 'loom.dev/upstream': 'true' }),
          ...maybe(draw, { 'loom.dev/route.main.path': pick(draw, ['/p', '/q', 'bad']) }),
          ...maybe(draw, { 'loom.dev/route.main.plugins': pick(draw, names) }),
          ...maybe(draw, { 'loom.dev/upstream.loadBalancer': pick(draw, ['LeastRequest', 'nonsense']) }),
        },
      }),
    },
    spec: {
      ports: pick(draw, [
        [{ port: 80, name: 'http' }],
        [{ port: 80, name: 'http', appProtocol: 'h2c' }],
        [{ port: 81 }, { port: 80, name: 'web' }],
      ]),
      ...(draw(6) === 0 && { type: 'ExternalName' }),
    },
  }) as KubeObject;

const slice = (draw: Draw): KubeObject =>
  ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: pick(draw, ['s1', 's2', 's3']),
      namespace: pick(draw, namespaces),
      labels: { 'kubernetes.io/service-name': pick(draw, names) },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [`10.1.0.${1 + draw(4)}`], conditions: { ready: draw(3) > 0 } }],
    ports: [{ name: pick(draw, ['http', 'web', '']), port: 8080 }],
  }) as KubeObject;

const secret = (draw: Draw): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: pick(draw, names), namespace: pick(draw, namespaces) },
    type: pick(draw, ['kubernetes.io/tls', 'kubernetes.io/dockerconfigjson']),
    data: pick(draw, [
      { 'tls.crt': 'Y3J0', 'tls.key': 'a2V5', 'ca.crt': 'Y2E=' },
      { 'tls.crt': 'Y3J0' },
      { '.dockerconfigjson': 'e30=' },
    ]),
  }) as KubeObject;

const configMap = (draw: Draw): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: pick(draw, names), namespace: pick(draw, namespaces) },
  ...maybe(draw, { data: { 'ca.crt': 'ca' } }),
  ...maybe(draw, { binaryData: { 'plugin.wasm': 'AAAA' } }),
});

const grant = (draw: Draw): KubeObject =>
  ({
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: pick(draw, ['g', 'h']), namespace: pick(draw, namespaces) },
    spec: {
      from: [
        {
          group: 'loom.dev',
          kind: pick(draw, ['LoomRoute', 'WasmPlugin']),
          namespace: pick(draw, namespaces),
        },
      ],
      to: [
        pick(draw, [
          { group: '', kind: 'Service' },
          { group: 'loom.dev', kind: 'LoomUpstream', name: 'x' },
          { group: 'loom.dev', kind: 'WasmPlugin' },
          { group: '', kind: 'Secret' },
        ]),
      ],
    },
  }) as KubeObject;

/** Objects of few names, so that they refer to each other, miss each other and take each other's place. Routes come more often. */
export const drawings: readonly ((draw: Draw) => KubeObject)[] = [
  route,
  route,
  route,
  upstream,
  upstream,
  plugin,
  service,
  service,
  service,
  slice,
  slice,
  secret,
  configMap,
  grant,
];
