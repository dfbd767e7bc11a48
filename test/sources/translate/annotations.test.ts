import { expect } from 'chai';
import type { Service } from '../../../src/api/core.ts';
import { AnnotationReader, type ToldService } from '../../../src/sources/translate/annotations.ts';

const serviceOf = (
  annotations: Readonly<Record<string, string>> | undefined,
  ports: readonly { readonly port: number; readonly name?: string }[] = [{ port: 80 }],
): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'a', name: 'web', ...(annotations && { annotations }) },
  spec: { ports },
});

const read = (
  annotations: Readonly<Record<string, string>>,
  ports?: readonly { readonly port: number; readonly name?: string }[],
): ToldService => {
  const told = new AnnotationReader().read('a/web', serviceOf(annotations, ports));
  if (!told) throw new Error('nothing was read');
  return told;
};
const on = { 'loom.dev/upstream': 'true' };
const two = [
  { port: 9090, name: 'metrics' },
  { port: 80, name: 'http' },
];

describe('AnnotationReader', () => {
  for (const annotations of [
    undefined,
    {},
    { 'other.dev/upstream': 'true' },
    { 'loom.developer/upstream': 'x' },
  ]) {
    it(`has nothing to say of ${JSON.stringify(annotations)}`, () =>
      expect(new AnnotationReader().read('a/web', serviceOf(annotations))).to.equal(undefined));
  }

  for (const [field, value] of [
    ['loadBalancer', 'LeastConn'],
    ['load_balancer', 'least_conn'],
  ] as const) {
    it(`takes ${field}: ${value}`, () => {
      const { upstream, warnings } = read({ ...on, [`loom.dev/upstream.${field}`]: value });
      expect(warnings).to.deep.equal([]);
      expect(upstream).to.deep.include({ port: 80 });
      expect(upstream?.upstream).to.include({ id: 'a/web', loadBalancer: 'LeastConn' });
    });
  }

  for (const [title, port, want, warned] of [
    ['a name', 'http', 80, 0],
    ['a number', '9090', 9090, 0],
    ['nothing: the first, with a warning', undefined, 9090, 1],
    ['a port that is not there: the first, with a warning', 'admin', 9090, 1],
  ] as const) {
    it(`chooses the port by ${title}`, () => {
      const { upstream, warnings } = read(
        { ...on, ...(port === undefined ? {} : { 'loom.dev/upstream.port': port }) },
        two,
      );
      expect(upstream?.port).to.equal(want);
      expect(warnings).to.have.length(warned);
    });
  }

  it('makes no upstream of a Service without ports, and says so', () => {
    const { upstream, warnings } = read(on, []);
    expect(upstream).to.equal(undefined);
    expect(warnings[0]?.message).to.equal('loom.dev/upstream cannot count: the Service has no port');
  });

  it('leads a route to another port of the Service', () => {
    const { routes, warnings } = read(
      {
        'loom.dev/upstream.port': 'http',
        'loom.dev/route.main.path': '/*',
        'loom.dev/route.stats.path': '/stats',
        'loom.dev/route.stats.port': 'metrics',
      },
      two,
    );
    expect(warnings).to.deep.equal([]);
    expect(routes.map(({ references }) => references.map(({ kind, id }) => [kind, id]))).to.deep.equal([
      [['LoomUpstream', 'a/web']],
      [['Service', 'a/web:9090']],
    ]);
  });

  it('leads it to the upstream where there is no such port, and says so', () => {
    const { routes, warnings } = read({ 'loom.dev/route.main.path': '/*', 'loom.dev/route.main.port': 'x' });
    expect(routes[0]?.references[0]?.id).to.equal('a/web');
    expect(warnings[0]?.message).to.equal('loom.dev/route.main.port names no port of the Service: "x"');
  });

  it('leaves the class to others', () =>
    expect(read({ ...on, 'loom.dev/class': 'inner' }).warnings).to.deep.equal([]));

  const warned: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ 'loom.dev/upstream': 'yes' }, 'loom.dev/upstream must be "true" or "false"'],
    [{ 'loom.dev/upstreams': 'true' }, 'loom.dev/upstreams is not known'],
    [{ 'loom.dev/route.main': '/x' }, 'loom.dev/route.main is not known'],
    [{ 'loom.dev/upstream.loadBalancer': 'Random' }, 'loom.dev/upstream must be "true" for'],
    [{ ...on, 'loom.dev/upstream.colour': 'red' }, 'loom.dev/upstream.colour '],
    [{ ...on, 'loom.dev/upstream.connectTimeout': 'soon' }, 'loom.dev/upstream.connectTimeout '],
    [{ 'loom.dev/route.main.path': 'relative' }, 'loom.dev/route.main.'],
  ];
  for (const [annotations, message] of warned) {
    it(`warns: ${message}`, () => {
      const { warnings } = read(annotations);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.have.property('reason', 'InvalidAnnotation');
      expect(warnings[0]?.message.startsWith(message), warnings[0]?.message).to.equal(true);
    });
  }

  it('leaves out the bad fields of an upstream only', () => {
    const { upstream, warnings } = read({
      ...on,
      'loom.dev/upstream.connectTimeout': '3s',
      'loom.dev/upstream.colour': 'red',
      'loom.dev/upstream.loadBalancer': 'Best',
    });
    expect(upstream?.upstream).to.include({ connectTimeoutMs: 3000, loadBalancer: 'RoundRobin' });
    expect(warnings).to.have.length(2);
  });

  it('makes an upstream for routes also where the switch is missing, and leads them to it', () => {
    const { upstream, routes } = read({ 'loom.dev/route.main.path': '/x/*', 'loom.dev/route.b.path': '/y' });
    expect(upstream?.upstream.id).to.equal('a/web');
    expect(routes.map(({ route }) => route.id)).to.deep.equal(['a/web.b', 'a/web.main']);
    expect(routes[1]?.references).to.deep.include({
      kind: 'LoomUpstream',
      id: 'a/web',
      namespace: 'a',
      name: 'web',
      field: 'spec.rules[0].backends[0].upstreamRef',
    });
  });

  it('keeps a route while its annotation is bad, and forgets it with the annotation', () => {
    const reader = new AnnotationReader();
    const good = reader.read('a/web', serviceOf({ 'loom.dev/route.main.path': '/good' }));
    const bad = serviceOf({ 'loom.dev/route.main.path': 'bad' });
    expect(reader.read('a/web', bad)?.routes).to.deep.equal(good?.routes);
    expect(reader.read('a/web', bad)?.routes).to.have.length(1);
    expect(reader.read('a/web', serviceOf({}))).to.equal(undefined);
    expect(reader.read('a/web', bad)?.routes).to.deep.equal([]);
    reader.read('a/web', serviceOf({ 'loom.dev/route.main.path': '/good' }));
    reader.forget('a/web');
    expect(reader.read('a/web', bad)?.routes).to.deep.equal([]);
  });
});
