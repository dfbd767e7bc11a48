import { expect } from 'chai';
import { Translator } from '../../../src/sources/translate/translator.ts';
import { Objects } from '../../support/objects.ts';

const route = (name: string, path: string, more = ''): string => `
apiVersion: loom.dev/v1alpha1
kind: LoomRoute
metadata: { name: ${name}, namespace: default }
spec: { rules: [{ name: main, matches: [{ path: { value: ${path} } }], backends: [{ upstreamRef: { name: u } }] }]${more} }
`;
const upstream = `
apiVersion: loom.dev/v1alpha1
kind: LoomUpstream
metadata: { name: u, namespace: default }
spec: { serviceRef: { name: web, port: 80 } }
`;
const service = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default }
spec: { ports: [{ port: 80 }] }
`;
const slice = (address: string): string => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: default, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ port: 8080 }]
endpoints: [{ addresses: [${address}] }]
`;

describe('Translator', () => {
  it('follows a Service that is a name, where its source has left the name', () => {
    const named = (more: string): string =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: default }\nspec: { type: ExternalName${more} }\n`;
    const verdictOf = (text: string) => {
      const { model, verdicts } = new Translator().translate(
        new Objects().apply(`${upstream}---\n${text}`).set,
      );
      return [verdicts.get('LoomUpstream:default/u')?.resolvedRefs.reason, model.endpoints.get('default/u')];
    };
    expect(verdictOf(named(''))).to.deep.equal(['UnsupportedService', []]);
    expect(verdictOf(named(', externalName: api.test'))).to.deep.equal([
      'ResolvedRefs',
      [{ address: 'api.test', port: 80, weight: 1 }],
    ]);
  });

  it('reads the annotations of Services of its class, and of an ExternalName only to say what is wrong', () => {
    const text = (type: string): string => `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default, annotations: { loom.dev/class: inner, loom.dev/route.r.path: / } }
spec: { type: ${type}, ports: [{ port: 80 }] }
`;
    const { set } = new Objects().apply(text('ClusterIP'));
    expect([...new Translator().translate(set).model.routes.keys()]).to.deep.equal([]);
    expect([...new Translator({ className: 'inner' }).translate(set).model.routes.keys()]).to.deep.equal([
      'default/web.r',
    ]);
    const { verdicts } = new Translator({ className: 'inner' }).translate(
      new Objects().apply(text('ExternalName')).set,
    );
    expect(verdicts.get('Service:default/web')?.warnings.map(({ reason }) => reason)).to.deep.equal([
      'UnsupportedService',
    ]);
  });

  it('keeps the identity of all that did not change', () => {
    const translator = new Translator();
    const objects = new Objects().apply(
      [route('a', '/a'), route('b', '/b'), upstream, service, slice('10.0.0.1')].join('---'),
    );
    const before = translator.translate(objects.set).model;
    objects.apply(route('b', '/changed'));
    const after = translator.translate(objects.set).model;
    expect(after.routes.get('default/a')).to.equal(before.routes.get('default/a'));
    expect(after.routes.get('default/b')).not.to.equal(before.routes.get('default/b'));
    expect(after.upstreams.get('default/u')).to.equal(before.upstreams.get('default/u'));
    expect(after.endpoints.get('default/u')).to.equal(before.endpoints.get('default/u'));
  });

  it('goes on serving the last valid version of an object, and says what is wrong with the new one', () => {
    const translator = new Translator();
    const objects = new Objects().apply([route('a', '/good'), upstream, service].join('---'));
    const before = translator.translate(objects.set).model.routes.get('default/a');
    objects.apply(route('a', 'relative'));
    const { model, verdicts } = translator.translate(objects.set);
    expect(model.routes.get('default/a')).to.equal(before);
    const verdict = verdicts.get('LoomRoute:default/a');
    expect(verdict?.accepted).to.include({ status: 'False', reason: 'Invalid' });
    expect(verdict?.accepted.message).to.include('must begin with /').and.include('last valid version');
    expect(
      translator.translate(objects.set).model.routes.get('default/a'),
      'at every later look too',
    ).to.equal(before);
    objects.apply(route('a', '/better'));
    expect(translator.translate(objects.set).verdicts.get('LoomRoute:default/a')?.accepted.status).to.equal(
      'True',
    );
  });

  it('forgets the last valid version with the object', () => {
    const translator = new Translator();
    const objects = new Objects().apply(route('a', '/good'));
    translator.translate(objects.set);
    translator.translate(objects.delete('LoomRoute', 'default/a').set);
    objects.apply(route('a', 'relative'));
    const { model, verdicts } = translator.translate(objects.set);
    expect(model.routes.size).to.equal(0);
    expect(verdicts.get('LoomRoute:default/a')?.served).to.equal(false);
  });

  it('gives new endpoints alone when only slices changed', () => {
    const translator = new Translator();
    const objects = new Objects().apply([upstream, service, slice('10.0.0.1')].join('---'));
    translator.translate(objects.set);
    const changes = new Map([['EndpointSlice', new Set(['default/web-1'])]] as const);
    expect([...translator.update(objects.set, changes).endpoints]).to.deep.equal([]);
    objects.apply(slice('10.0.0.2'));
    const { endpoints, upstreams, verdicts } = translator.update(objects.set, changes);
    expect([[...endpoints], upstreams.size, verdicts.size]).to.deep.equal([['default/u'], 0, 0]);
    expect(translator.model.endpoints.get('default/u')).to.deep.equal([
      { address: '10.0.0.2', port: 8080, weight: 1 },
    ]);
  });

  it('follows a Service whose port gets another name', () => {
    const translator = new Translator();
    const objects = new Objects().apply([upstream, service, slice('10.0.0.1')].join('---'));
    translator.translate(objects.set);
    objects.apply(service.replace('{ port: 80 }', '{ name: http, port: 80 }'));
    expect(translator.translate(objects.set).model.endpoints.get('default/u')).to.deep.equal([]);
  });

  it('serves the objects of its own class only', () => {
    const objects = new Objects().apply(
      [route('a', '/a'), route('b', '/b', ', className: other')].join('---'),
    );
    expect([...new Translator().translate(objects.set).model.routes.keys()]).to.deep.equal(['default/a']);
    expect([
      ...new Translator({ className: 'other' }).translate(objects.set).model.routes.keys(),
    ]).to.deep.equal(['default/b']);
  });

  it('gives the same model whatever the order in which objects arrived', () => {
    const all = [route('a', '/x'), route('b', '/x'), route('c', '/x')];
    const ids = (texts: string[]): string[] => [
      ...new Translator().translate(new Objects().apply(texts.join('---')).set).model.routes.keys(),
    ];
    expect(ids(all))
      .to.deep.equal(ids(all.toReversed()))
      .and.to.deep.equal(['default/a', 'default/b', 'default/c']);
  });

  it('keeps the last valid route of an annotation that has become invalid', () => {
    const annotated = (path: string): string =>
      service.replace(
        'namespace: default }',
        `namespace: default, annotations: { loom.dev/route.main.path: ${path} } }`,
      );
    const translator = new Translator();
    const objects = new Objects().apply(annotated('/good'));
    const before = translator.translate(objects.set).model.routes.get('default/web.main');
    objects.apply(annotated('relative'));
    const { model, verdicts } = translator.translate(objects.set);
    expect(model.routes.get('default/web.main')).to.deep.equal(before);
    expect(verdicts.get('Service:default/web')?.warnings).to.have.length(1);
    objects.apply(service);
    expect(translator.translate(objects.set).model.routes.size).to.equal(0);
  });
});
