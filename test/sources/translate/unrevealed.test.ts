import { expect } from 'chai';
import { Translator } from '../../../src/sources/translate/translator.ts';
import { Objects } from '../../support/objects.ts';

/** Everything that an object of the namespace a may name elsewhere. */
const route = (rule: string, more = ''): string => `
apiVersion: loom.dev/v1alpha1
kind: LoomRoute
metadata: { name: r, namespace: a }
spec: { ${more} rules: [{ name: main, ${rule} }] }
`;
const respond = 'directResponse: { status: 200 }';
const references: Readonly<Record<string, string>> = {
  'an upstream': route('backends: [{ upstreamRef: { name: x, namespace: b } }]'),
  'a Service': route('backends: [{ serviceRef: { name: x, namespace: b, port: 80 } }]'),
  'a Service with another port': route('backends: [{ serviceRef: { name: x, namespace: b, port: 81 } }]'),
  'an upstream of a mirror': route(
    'backends: [{ upstreamRef: { name: own } }], mirrors: [{ upstreamRef: { name: x, namespace: b } }]',
  ),
  'a Service that is asked': route(
    'backends: [{ upstreamRef: { name: own } }], externalAuth: { serviceRef: { name: x, namespace: b, port: 80 } }',
  ),
  'a plugin': route(`${respond}, plugins: [{ name: x, namespace: b }]`),
  'a Secret of a certificate': route(respond, 'tls: { secretRef: { name: x, namespace: b } },'),
  'a Secret of passwords': route(`${respond}, basicAuth: { secretRef: { name: x, namespace: b } }`),
  'an upstream that a plugin calls': `
apiVersion: loom.dev/v1alpha1
kind: WasmPlugin
metadata: { name: r, namespace: a }
spec: { source: { file: { path: /p.wasm } }, capabilities: { upstreams: [b/x] } }
`,
};

const own = `
apiVersion: loom.dev/v1alpha1
kind: LoomUpstream
metadata: { name: own, namespace: a }
spec: { endpoints: [{ address: 10.9.9.9, port: 80 }] }
`;

const targets = `
apiVersion: loom.dev/v1alpha1
kind: LoomUpstream
metadata: { name: x, namespace: b }
spec: { endpoints: [{ address: 10.0.0.1, port: 80 }] }
---
apiVersion: loom.dev/v1alpha1
kind: WasmPlugin
metadata: { name: x, namespace: b }
spec: { source: { file: { path: /p.wasm } } }
---
apiVersion: v1
kind: Service
metadata: { name: x, namespace: b }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata: { name: x, namespace: b }
data: { tls.crt: YQ==, tls.key: YQ== }
`;

/** What the owner of the namespace a can see of it, in a status or by requests. */
function seen(text: string): unknown {
  const { model, verdicts, secrets } = new Translator().translate(new Objects().apply(text).set);
  return {
    routes: [...model.routes.values()],
    verdicts: [...verdicts].filter(([key]) => key.includes(':a/')),
    plugins: [...model.plugins].filter(([id]) => id.startsWith('a/')),
    upstreams: [...model.upstreams.keys()].filter((id) => id.includes(':')),
    certificates: [...model.certificates.keys()],
    secrets: [...secrets],
  };
}

describe('without a ReferenceGrant', () => {
  for (const [what, object] of Object.entries(references)) {
    it(`nobody learns whether there is ${what} in another namespace`, () => {
      const there = seen(`${object}---\n${own}---\n${targets}`);
      expect(there).to.deep.equal(seen(`${object}---\n${own}`));
      expect(JSON.stringify(there)).to.include('RefNotPermitted').and.not.include('10.0.0.1');
      expect(there).to.deep.include({ certificates: [], secrets: [], upstreams: [] });
    });
  }
});
