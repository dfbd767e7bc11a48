import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { AnnotationReader, type ToldService } from '../../../src/sources/translate/annotations.ts';
import { counterparts } from '../../../src/sources/translate/compat-annotations.ts';

const read = (annotations: Readonly<Record<string, string>>, compat = true): ToldService | undefined =>
  new AnnotationReader(compat).read('a/web', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'a', name: 'web', annotations },
    spec: {
      ports: [
        { port: 80, name: 'http' },
        { port: 443, name: 'tls' },
      ],
    },
  });

const traefik = 'traefik.ingress.kubernetes.io/service.';
const kong = 'konghq.com/';
const contour = 'projectcontour.io/';
const nginx = 'nginx.ingress.kubernetes.io/';
const on = { 'loom.dev/upstream.port': 'http' };
const routed = { ...on, 'loom.dev/route.web.path': '/*' };

/** Annotation, value, and what of the upstream or rule it makes; '' for nothing. */
const cases: readonly (readonly [string, string, string, Readonly<Record<string, string>>?])[] = [
  [`${traefik}serversscheme`, 'h2c', '"protocol":"H2c"'],
  [`${traefik}sticky.cookie.name`, 'sid', '"stickyCookie":{"name":"sid"'],
  [`${traefik}sticky.cookie.path`, '/x', '"path":"/x"'],
  [`${traefik}sticky.cookie.secure`, 'true', '"secure":true'],
  [`${traefik}sticky.cookie.httponly`, 'false', '"httpOnly":false'],
  [
    `${traefik}sticky.cookie.samesite`,
    'none',
    '"sameSite":"None"',
    { 'loom.dev/upstream.sticky_cookie.secure': 'true' },
  ],
  [`${traefik}sticky.cookie.maxage`, '60', '"ttlSeconds":60'],
  [`${kong}protocol`, 'https', '"protocol":"Https"'],
  [`${kong}connect-timeout`, '1500', '"connectTimeoutMs":1500'],
  [`${kong}read-timeout`, '2000', '"responseMs":2000'],
  [`${kong}retries`, '3', '"attempts":3'],
  [`${kong}host-header`, 'inner.test', '"rewrite":{"host":"inner.test"'],
  [`${kong}plugins`, 'jwt, mark', '"plugins":[{"plugin":"a/jwt"},{"plugin":"a/mark"}]'],
  [`${kong}tls-verify`, 'false', '"insecureSkipVerify":true', { [`${kong}protocol`]: 'https' }],
  [`${kong}ca-certificates-secrets`, 'ca', '"caSecretRef":{"name":"ca"}', { [`${kong}protocol`]: 'grpcs' }],
  [`${contour}max-connections`, '100', '"connections":100'],
  [`${contour}per-host-max-connections`, '10', '"connectionsPerEndpoint":10'],
  [`${contour}max-pending-requests`, '5', '"pending":5', { [`${contour}max-connections`]: '9' }],
  [`${contour}max-requests`, '50', '"requests":50'],
  [`${contour}upstream-protocol.h2`, '80', '"protocol":"H2"'],
  [`${contour}upstream-protocol.h2c`, '8080,http', '"protocol":"H2c"'],
  [`${contour}upstream-protocol.tls`, 'http', '"protocol":"Https"'],
  [`${nginx}backend-protocol`, 'GRPC', '"protocol":"Grpc"'],
  [`${nginx}load-balance`, 'ewma', '"loadBalancer":"LeastConn"'],
  [`${nginx}upstream-hash-by`, '$http_x_user', '"key":[{"type":"Header","name":"x-user"}]'],
  [`${nginx}session-cookie-name`, 'sid', '"stickyCookie":{"name":"sid"'],
  [`${nginx}session-cookie-path`, '/x', '"path":"/x"'],
  [`${nginx}session-cookie-max-age`, '60', '"ttlSeconds":60'],
  [`${nginx}session-cookie-samesite`, 'Strict', '"sameSite":"Strict"'],
  [`${nginx}session-cookie-secure`, 'true', '"secure":true'],
  [`${nginx}proxy-connect-timeout`, '4', '"connectTimeoutMs":4000'],
  [`${nginx}proxy-read-timeout`, '90', '"responseMs":90000'],
  [`${nginx}proxy-next-upstream-tries`, '3', '"attempts":2'],
  [`${nginx}proxy-body-size`, '8m', '"maxRequestBodyBytes":8388608'],
  [`${nginx}upstream-vhost`, 'inner.test', '"rewrite":{"host":"inner.test"'],
  [`${nginx}whitelist-source-range`, '10.0.0.0/8, 192.0.2.1', '"allow":["10.0.0.0/8","192.0.2.1"]'],
  [`${nginx}allowlist-source-range`, '10.0.0.0/8', '"allow":["10.0.0.0/8"]'],
  [`${nginx}denylist-source-range`, '10.0.0.0/8', '"deny":["10.0.0.0/8"]'],
  [`${nginx}limit-rps`, '7', '"requests":7,"per":"1s"'],
];

describe('annotations of other gateways', () => {
  for (const [name, value, wanted, more] of cases) {
    it(`${name}: ${value} is ${wanted}`, () => {
      const told = read({ ...routed, ...more, [name]: value });
      expect(told?.warnings).to.deep.equal([]);
      expect(JSON.stringify([told?.upstream, told?.routes])).to.include(wanted);
      expect(JSON.stringify(read({ ...routed, [name]: value }, false))).to.not.include(wanted);
    });
  }

  it('each has a case here and a row in docs/services.md, and there are no others', () => {
    expect(cases.map(([name]) => name)).to.have.members(Object.keys(counterparts));
    const rows = [...readFileSync('docs/services.md', 'utf8').matchAll(/^\| `([^`]+)` \| `([^`]+)` \|/gm)]
      .map(([, name = '', field = '']) => [name, field] as const)
      .filter(([name]) => /^(traefik|konghq|projectcontour|nginx)/.test(name));
    expect(rows).to.have.deep.members(
      Object.entries(counterparts).map(([name, { of, field }]) => [
        name,
        of === 'upstream' ? `upstream.${field}` : `route.NAME.${field}`,
      ]),
    );
  });

  it('make a Service an upstream by themselves, where they are about upstreams', () => {
    expect(read({ [`${kong}protocol`]: 'http' })?.upstream?.upstream.id).to.equal('a/web');
    expect(read({ [`${kong}retries`]: '3' })?.upstream).to.equal(undefined);
    expect(read({ [`${kong}protocol`]: 'http' }, false)).to.equal(undefined);
  });

  it('come behind what is said in Loom’s own', () => {
    const both = { ...routed, [`${kong}connect-timeout`]: '1', 'loom.dev/upstream.connect_timeout': '9s' };
    expect(read(both)?.upstream?.upstream.connectTimeoutMs).to.equal(9000);
  });

  it('leave a protocol alone that is for another port', () => {
    const told = read({ ...on, [`${contour}upstream-protocol.h2c`]: '443' });
    expect(told?.upstream).to.equal(undefined);
    expect(told?.warnings.map(({ message }) => message).join()).to.include(
      'loom.dev/upstream must be "true"',
    );
  });

  for (const [title, annotations] of [
    ['an upstream without a route', { 'loom.dev/upstream': 'true', ...on }],
    ['an upstream by those of others', { ...on, [`${kong}protocol`]: 'http' }],
    ['nothing of Loom’s', {}],
  ] as const) {
    it(`are not lost in silence on a Service with ${title}`, () => {
      const lost = { [`${kong}retries`]: '3', [`${kong}override`]: 'x' };
      const told = read({ ...annotations, ...lost });
      expect(told?.routes).to.deep.equal([]);
      expect(told?.warnings).to.deep.equal([
        {
          reason: 'InvalidAnnotation',
          message: 'konghq.com/retries does not count: the Service has no loom.dev/route.NAME to hold for',
        },
        {
          reason: 'InvalidAnnotation',
          message: 'konghq.com/override has no counterpart in Loom, and does not count',
        },
      ]);
      expect(JSON.stringify(read({ ...annotations, ...lost }, false)) ?? '').to.not.include(kong);
    });
  }

  for (const [annotations, message] of [
    [{ [`${kong}retries`]: 'many' }, 'konghq.com/retries must be '],
    [{ [`${kong}connect-timeout`]: 'soon' }, 'konghq.com/connect-timeout must be a duration'],
    [
      { [`${nginx}configuration-snippet`]: 'deny all;' },
      'nginx.ingress.kubernetes.io/configuration-snippet has no counterpart',
    ],
    [{ [`${nginx}backend-protocol`]: 'FCGI' }, 'nginx.ingress.kubernetes.io/backend-protocol '],
  ] as const) {
    it(`warn in the words of who wrote them: ${message}`, () => {
      const { warnings = [] } = read({ ...routed, ...annotations }) ?? {};
      expect(
        warnings.map((one) => one.message.startsWith(message)),
        JSON.stringify(warnings),
      ).to.deep.equal([true]);
    });
  }
});
