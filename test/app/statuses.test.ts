import { expect } from 'chai';
import type { KubeObject } from '../../src/api/core.ts';
import { toStatuses } from '../../src/app/statuses.ts';
import type { Diagnostic, LoadedPlugin } from '../../src/runtime/messages.ts';
import {
  accepted,
  refused,
  resolved,
  unresolved,
  type Verdict,
} from '../../src/sources/translate/verdict.ts';
import { route, rule } from '../compile/world.ts';
import { plugin } from '../wasm/world.ts';

const object: KubeObject = { apiVersion: 'loom.dev/v1alpha1', kind: 'WasmPlugin', metadata: { name: 'p' } };
const verdict: Verdict = {
  object,
  id: 'p',
  served: true,
  accepted,
  resolvedRefs: resolved,
  problems: [],
  warnings: [],
};
const module = new WebAssembly.Module(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
const found: Diagnostic = { kind: 'WasmPlugin', id: 'p', reason: 'ConfigureFailed', message: 'refused' };

interface Given {
  readonly key?: string;
  readonly verdict?: Partial<Verdict>;
  readonly plugin?: Partial<LoadedPlugin>;
  readonly found?: readonly Diagnostic[];
}
const cases: readonly (readonly [string, Given, string, string, string])[] = [
  ['served by all', {}, 'True', 'Programmed', 'Every data worker'],
  [
    'never valid',
    { verdict: { served: false, accepted: refused('Invalid', '') } },
    'False',
    'Invalid',
    'Nothing',
  ],
  [
    'once valid',
    { verdict: { accepted: refused('Invalid', '') } },
    'False',
    'LastValidVersion',
    'earlier version',
  ],
  ['in conflict', { verdict: { accepted: refused('Conflicted', '') } }, 'True', 'Programmed', ''],
  ['unresolved', { verdict: { resolvedRefs: unresolved('X', '') } }, 'True', 'Programmed', ''],
  ['without module', { plugin: { problem: 'gone' } }, 'False', 'ModuleUnavailable', 'gone.'],
  [
    'with an old module',
    { plugin: { problem: 'gone', module } },
    'False',
    'ModuleUnavailable',
    'gone. The last',
  ],
  [
    'on its way',
    { plugin: { problem: 'it is being fetched', problemReason: 'Fetching' } },
    'False',
    'Fetching',
    'it is being fetched.',
  ],
  ['complained of', { found: [found] }, 'False', 'ConfigureFailed', 'refused'],
  [
    'a route closed by a plugin that keeps failing',
    { key: 'LoomRoute:p', plugin: { module }, found: [{ ...found, closed: ['q', 'p'] }] },
    'False',
    'PluginUnavailable',
    'Requests get 503, because of the plugin p: refused',
  ],
  [
    'a route beside one closed by a plugin',
    { key: 'LoomRoute:p', plugin: { module }, found: [{ ...found, closed: ['q'] }] },
    'True',
    'Programmed',
    '',
  ],
  ['another plugin complained of', { found: [{ ...found, id: 'q' }] }, 'True', 'Programmed', ''],
  [
    'a route whose plugin has its old module',
    { key: 'LoomRoute:p', plugin: { problem: 'x', module }, found: [found] },
    'True',
    'Programmed',
    '',
  ],
  [
    'a route closed by its plugin',
    { key: 'LoomRoute:p', plugin: { problem: 'x' } },
    'False',
    'PluginUnavailable',
    'answers 503, because the plugin p',
  ],
  [
    'a route that its plugin leaves open',
    {
      key: 'LoomRoute:p',
      plugin: { problem: 'x', failurePolicy: { fetch: 'Open', configure: 'Closed', run: 'Closed' } },
    },
    'True',
    'Programmed',
    '',
  ],
];

const routes = new Map([['p', route('p', 'a.b', rule('/', { plugins: [{ plugin: 'p' }] }))]]);

describe('toStatuses', () => {
  for (const [title, given, status, reason, message] of cases) {
    it(`says Programmed ${status}, ${reason}: ${title}`, () => {
      const { key = 'WasmPlugin:p' } = given;
      const verdicts = new Map([[key, { ...verdict, ...given.verdict }]]);
      const plugins = new Map([['p', { ...plugin, id: 'p', ...given.plugin }]]);
      const conditions = toStatuses(verdicts, plugins, given.found ?? [], routes).get(key)?.conditions ?? [];
      expect(conditions.map(({ type }) => type)).to.deep.equal(['Accepted', 'ResolvedRefs', 'Programmed']);
      expect(conditions[2]).to.include({ status, reason });
      expect(conditions[2]?.message).to.include(message);
    });
  }

  it('names the functions that a module imports and Loom does not have, and accepts it nevertheless', () => {
    const key = 'WasmPlugin:p';
    const acceptedOf = (unimplemented: readonly string[], given: Partial<Verdict> = {}): string => {
      const loaded = new Map([['p', { ...plugin, module, unimplemented }]]);
      const statuses = toStatuses(new Map([[key, { ...verdict, ...given }]]), loaded, [], new Map());
      const [first] = statuses.get(key)?.conditions ?? [];
      return `${first?.status} ${first?.reason} ${first?.message}`;
    };
    expect(acceptedOf([])).to.equal('True Accepted The object is valid.');
    expect(acceptedOf(['env.a', 'env.b'])).to.equal(
      'True UnknownImports The object is valid. The module imports functions that Loom does not have: env.a, env.b. They answer UNIMPLEMENTED.',
    );
    expect(acceptedOf(Array.from({ length: 13 }, (_, i) => `env.f${i}`))).to.include(' env.f9 and 3 more. ');
    expect(acceptedOf(['env.a'], { accepted: refused('Invalid', 'x') })).to.equal('False Invalid x');
  });

  it('hands on the object, the verdicts and the warnings as they are', () => {
    const warnings = [{ reason: 'InvalidAnnotation', message: 'x' }];
    const status = toStatuses(new Map([['Service:p', { ...verdict, warnings }]]), new Map(), [], routes).get(
      'Service:p',
    );
    expect([status?.object, status?.warnings]).to.deep.equal([object, warnings]);
    expect(status?.conditions.slice(0, 2)).to.deep.equal([accepted, resolved]);
  });
});

describe('ResolvedRefs of a plugin that is fetched', () => {
  const problem = 'why';
  const from = 'registry.example.com/p@sha256:b';
  const told: readonly (readonly [string, Given, string])[] = [
    ['on its way', { plugin: { problem, problemReason: 'Fetching' } }, 'Unknown Fetching why.'],
    ['not to be had', { plugin: { problem, problemReason: 'NotFound' } }, 'False NotFound why.'],
    [
      'of no source of the network',
      { plugin: { problem } },
      'True ResolvedRefs All references are resolved.',
    ],
    [
      'there',
      { plugin: { digest: 'a', origin: { from } } },
      `True ResolvedRefs The module sha256:a is from ${from}.`,
    ],
    [
      'pinned and signed',
      { plugin: { digest: 'a', origin: { from, matched: 'manifest', signed: true } } },
      `True ResolvedRefs The module sha256:a is from ${from}. sha256 is that of the manifest. Its signature is good.`,
    ],
    [
      'without what it names',
      {
        verdict: { resolvedRefs: unresolved('SecretNotFound', 'no Secret') },
        plugin: { problem, problemReason: 'SecretNotFound' },
      },
      'False SecretNotFound no Secret',
    ],
  ];
  for (const [title, given, wanted] of told) {
    it(`is told of one that is ${title}`, () => {
      const key = 'WasmPlugin:p';
      const loaded = { ...plugin, module, ...given.plugin };
      const statuses = toStatuses(
        new Map([[key, { ...verdict, ...given.verdict }]]),
        new Map([['p', loaded]]),
        [],
        new Map(),
      );
      const refs = statuses.get(key)?.conditions.find(({ type }) => type === 'ResolvedRefs');
      expect(`${refs?.status} ${refs?.reason} ${refs?.message}`).to.equal(wanted);
    });
  }
});
