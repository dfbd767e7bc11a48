import { hostname } from 'node:os';
import { expect } from 'chai';
import type { Problem } from '../../../src/model/problem.ts';
import { toStructure } from '../../../src/model/validate-structure.ts';
import type { TracingSettings } from '../../../src/model/tracing.ts';
import { readSettings } from '../../../src/sources/file/settings.ts';
import { toTracing, tracingSchema, type ToldTracing } from '../../../src/sources/file/settings-tracing.ts';

function read(
  told: object,
  env: Readonly<Record<string, string>> = {},
): TracingSettings | readonly Problem[] | undefined {
  const problems: Problem[] = [];
  const whole = toStructure(told, tracingSchema, '', problems) as ToldTracing;
  const tracing = toTracing(whole, '/etc/loom', ['token'], problems, () => 1000, env);
  return problems.length > 0 ? problems : tracing;
}

const usual: TracingSettings = {
  url: 'http://collector:4318/v1/traces',
  headers: {},
  caFile: '',
  timeoutMs: 1000,
  ratio: 0.01,
  followsParent: true,
  resource: { 'host.name': hostname(), 'service.name': 'loom' },
  queueSpans: 4096,
  flushMs: 1000,
  redactQuery: ['token'],
};

describe('settings of tracing', () => {
  it('are off without an endpoint', () => {
    expect(read({})).to.equal(undefined);
    expect(read({ sampling: { percent: 100 } })).to.equal(undefined);
  });

  it('take what is said', () => {
    expect(read({ endpoint: 'http://collector:4318' })).to.deep.equal(usual);
    const told = {
      endpoint: 'https://collector/otlp/',
      headers: { 'X-Key': 'a b' },
      ca_file: 'ca.pem',
      sampling: { percent: 0.5, follow_parent: false },
      service_name: 'edge',
      resource: { 'deployment.environment.name': 'prod' },
      queue_spans: 7,
    };
    expect(read(told)).to.deep.equal({
      ...usual,
      url: 'https://collector/otlp/v1/traces',
      headers: { 'x-key': 'a b' },
      caFile: '/etc/loom/ca.pem',
      ratio: 0.005,
      followsParent: false,
      resource: { 'host.name': hostname(), 'service.name': 'edge', 'deployment.environment.name': 'prod' },
      queueSpans: 7,
    });
  });

  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
    OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20x, x-a=1',
    OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca.pem',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'a=1,service.name=other,b=x%2Cy',
    POD_NAME: 'loom-1',
    POD_NAMESPACE: 'gateway',
  };

  it('take from the environment what is not said', () => {
    const resource = { ...usual.resource, a: '1', b: 'x,y', 'service.name': 'shop' };
    const pod = { 'k8s.pod.name': 'loom-1', 'k8s.namespace.name': 'gateway' };
    expect(read({}, env)).to.deep.equal({
      ...usual,
      headers: { authorization: 'Bearer x', 'x-a': '1' },
      caFile: '/ca.pem',
      resource: { ...resource, ...pod },
    });
    const told = { endpoint: 'http://b', headers: { 'x-a': '2' }, ca_file: '/b.pem', service_name: 'c' };
    const result = read(told, env) as TracingSettings;
    expect(result).to.include({ url: 'http://b/v1/traces', caFile: '/b.pem' });
    expect(result.headers).to.deep.equal({ authorization: 'Bearer x', 'x-a': '2' });
    expect(result.resource).to.include({ 'service.name': 'c', a: '1' });
  });

  it('take variables for traces before those for everything, and can be turned off there', () => {
    const more = {
      ...env,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/as-it-is',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'k=v',
    };
    expect(read({}, more)).to.deep.include({ url: 'http://c/as-it-is', headers: { k: 'v' } });
    expect(read({}, { ...env, OTEL_SDK_DISABLED: 'true' })).to.equal(undefined);
  });

  const wrong: readonly (readonly [string, object, string, string])[] = [
    [
      'a host alone',
      { endpoint: 'collector:4318' },
      '/endpoint',
      'must be a URL such as http://collector:4318',
    ],
    [
      'another scheme',
      { endpoint: 'grpc://collector' },
      '/endpoint',
      'must be a URL such as http://collector:4318',
    ],
    ['a header that is none', { headers: { 'a b': 'x' } }, '/headers', 'a b is not a name of a header'],
    [
      'a number as header',
      { headers: { a: 1 } },
      '/headers',
      'the value of a must be a text of visible ASCII characters',
    ],
    [
      'a line break in a header',
      { headers: { a: 'x\ny' } },
      '/headers',
      'the value of a must be a text of visible ASCII characters',
    ],
    ['a number as attribute', { resource: { a: 1 } }, '/resource', 'the value of a must be a text'],
    ['more than all', { sampling: { percent: 101 } }, '/sampling/percent', 'must be at most 100'],
    ['no queue', { queue_spans: 0 }, '/queue_spans', 'must be at least 1'],
    ['no time', { timeout: '0s' }, '/timeout', 'must be more than 0'],
    ['an unknown field', { exporter: 'zipkin' }, '/exporter', 'unknown field'],
  ];
  for (const [name, value, path, message] of wrong) {
    it(`refuse ${name}`, () => {
      const result = readSettings({ tracing: value });
      expect('problems' in result && result.problems).to.deep.equal([{ path: `/tracing${path}`, message }]);
    });
  }

  it('say that a variable is wrong', () => {
    const [problem] = read({}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }) as readonly Problem[];
    expect(problem).to.deep.equal({
      path: '/tracing/endpoint',
      message: 'is collector/v1/traces by the environment, which is not a URL',
    });
  });
});
