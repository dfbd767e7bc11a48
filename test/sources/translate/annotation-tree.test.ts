import { expect } from 'chai';
import type { KubeObject } from '../../../src/api/core.ts';
import { validate } from '../../../src/model/validate.ts';
import { AnnotationReader } from '../../../src/sources/translate/annotations.ts';
import { toRoute } from '../../../src/sources/translate/route.ts';
import { toUpstream } from '../../../src/sources/translate/upstream.ts';

type Spec = Readonly<Record<string, unknown>>;

/** What users set, as the CRD says it; each becomes annotations by itself, in both spellings. */
const upstreams: Readonly<Record<string, Spec>> = {
  'balancing by hash': {
    loadBalancer: 'ConsistentHash',
    consistentHash: { key: [{ type: 'Header', name: 'x-user' }, { type: 'ClientIP' }], fallback: 'Random' },
  },
  'a sticky cookie': {
    stickyCookie: { name: 'sid', ttl: '1h', path: '/a', sameSite: 'None', secure: true, httpOnly: false },
  },
  'slow start, zones and panic': {
    slowStart: { window: '30s', minShare: 5 },
    zonePreference: 'SameZone',
    panicThreshold: 0,
  },
  'health checks': {
    healthCheck: {
      path: '/health',
      interval: '3s',
      timeout: '1s',
      healthyThreshold: 1,
      unhealthyThreshold: 4,
      port: 8081,
      host: 'probe.test',
      headers: [{ name: 'x-probe', value: '1' }],
      expectedStatuses: ['200-299', '304'],
      expectedBody: 'ok',
      jitter: 5,
    },
  },
  'gRPC health checks': { protocol: 'Grpc', healthCheck: { type: 'Grpc', service: 'shop.v1.Cart' } },
  'outlier detection': { outlierDetection: { consecutiveErrors: 3, errorPercent: 50, statuses: [500, 503] } },
  'a circuit breaker': {
    circuitBreaker: { failureThreshold: 7, successThreshold: 2, timeout: '9s', statuses: [500, 502] },
  },
  'protocol and TLS': { protocol: 'Https', tls: { serverName: 'inner.test', insecureSkipVerify: true } },
  'a PROXY header': { proxyProtocol: 'V2' },
  'limits and the pool': {
    limits: { connections: 100, connectionsPerEndpoint: 10, pending: 5, requests: 50 },
    pool: { idleTimeout: '30s', maxRequests: 1000, maxAge: '5m' },
    connectTimeout: '2s',
  },
};

const backends = [{ upstreamRef: { name: 'web' } }];
const rules: Readonly<Record<string, Spec>> = {
  timeouts: {
    backends,
    timeouts: { request: '10s', response: '5s', idle: '7s', perTry: '2s', stream: '1m', tunnel: '1h' },
  },
  retries: {
    backends,
    retries: {
      attempts: 4,
      causes: ['ConnectFailure', 'Timeout'],
      statuses: [502, 503],
      methods: ['GET', 'PUT'],
      backoff: { base: '10ms', max: '1s' },
      budget: { percent: 30, floor: 2 },
    },
  },
  plugins: { backends, plugins: [{ name: 'mark' }, { name: 'jwt', config: { key: 'a,b' } }] },
  'a match by hand': {
    backends,
    matches: [
      {
        path: { type: 'Regex', value: '/v[0-9]+/.*' },
        methods: ['GET'],
        headers: [{ name: 'x-a', type: 'Present' }],
        query: [{ name: 'q', value: '1' }],
      },
    ],
  },
  'headers, CORS and a rewrite': {
    backends,
    requestHeaders: { set: [{ name: 'x-a', value: '1, 2' }], remove: ['x-b', 'x-c'] },
    responseHeaders: { add: [{ name: 'x-d', value: '1' }] },
    cors: { allowOrigins: [{ value: 'https://shop.test' }], allowMethods: ['GET', 'PUT'], maxAge: '1h' },
    rewrite: { host: 'inner.test', path: { type: 'Prefix', value: '/new' } },
  },
  'rate limits, addresses and compression': {
    backends,
    rateLimits: [{ name: 'all', requests: 10, per: '1s', key: [{ type: 'ClientIP' }] }],
    ipAccess: { allow: ['10.0.0.0/8', '192.0.2.1'], deny: ['10.1.0.0/16'] },
    compression: { minBytes: 2048 },
    maxRequestBodyBytes: 1024,
  },
};

const toSnake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** One annotation for each scalar and list. */
function flat(spec: unknown, spell: (name: string) => string, at: string): Record<string, string> {
  if (Array.isArray(spec)) {
    const plain = spec.every((item) => typeof item !== 'object');
    return { [at]: plain ? spec.join(', ') : JSON.stringify(spec) };
  }
  if (typeof spec !== 'object' || spec === null) return { [at]: String(spec) };
  return Object.assign(
    {},
    ...Object.entries(spec).map(([name, inner]) => flat(inner, spell, `${at}.${spell(name)}`)),
  ) as Record<string, string>;
}

const metadata = { namespace: 'a', name: 'web', uid: 'uid', creationTimestamp: '2026-01-01T00:00:00Z' };
const objectOf = (kind: string, spec: Spec): KubeObject =>
  ({ apiVersion: 'loom.dev/v1alpha1', kind, metadata, spec }) as KubeObject;

function read(annotations: Record<string, string>): ReturnType<AnnotationReader['read']> {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, annotations },
    spec: { ports: [{ port: 80 }] },
  };
  return new AnnotationReader().read('a/web', service);
}

for (const [spelling, spell] of [
  ['the spelling of the CRD', (name: string) => name],
  ['the spelling of loom.yaml', toSnake],
] as const) {
  describe(`annotations say the same as objects, in ${spelling}`, () => {
    for (const [title, spec] of Object.entries(upstreams)) {
      it(`of upstreams: ${title}`, () => {
        const valid = validate(
          'LoomUpstream',
          objectOf('LoomUpstream', { ...spec, serviceRef: { name: 'web', port: 80 } }),
        );
        if (!('spec' in valid)) throw new Error(JSON.stringify(valid.problems));
        const told = read({ 'loom.dev/upstream': 'true', ...flat(spec, spell, 'loom.dev/upstream') });
        expect(told?.warnings).to.deep.equal([]);
        expect(told?.upstream?.upstream).to.deep.equal(toUpstream('a/web', 'a', valid.spec, 'uid'));
      });
    }

    for (const [title, rule] of Object.entries(rules)) {
      it(`of routes: ${title}`, () => {
        const matches = [{ path: { type: 'Prefix', value: '/x' } }];
        const whole = { hosts: ['a.test', '*.b.test'], rules: [{ name: 'main', matches, ...rule }] };
        const valid = validate('LoomRoute', objectOf('LoomRoute', whole));
        if (!('spec' in valid)) throw new Error(JSON.stringify(valid.problems));
        const { backends: _, ...rest } = rule;
        const told = read({
          'loom.dev/route.r.hosts': 'a.test, *.b.test',
          ...('matches' in rule ? {} : { 'loom.dev/route.r.path': '/x/*' }),
          ...flat(rest, spell, 'loom.dev/route.r'),
        });
        expect(told?.warnings).to.deep.equal([]);
        const origin = { id: 'a/web.r', namespace: 'a', created: metadata.creationTimestamp };
        expect(told?.routes).to.deep.equal([toRoute(valid.spec, origin)]);
      });
    }
  });
}
