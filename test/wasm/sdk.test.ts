import { expect } from 'chai';
import { guessSdk, type ModuleTraits } from '../../src/wasm/sdk.ts';

const traits = (part: {
  exports?: string[];
  imports?: string[];
  custom?: string[];
  producers?: ModuleTraits['producers'];
}): ModuleTraits => ({
  exports: new Set(part.exports),
  imports: new Set(part.imports),
  customSections: new Set(part.custom),
  producers: part.producers ?? {},
});

/** What the toolchains leave behind, as seen in modules that they made. */
describe('guessSdk', () => {
  const cases: readonly (readonly [string | undefined, Parameters<typeof traits>[0]])[] = [
    ['Rust', { producers: { language: ['Rust'], 'processed-by': ['rustc 1.96.0'] } }],
    [
      'Rust',
      { exports: ['proxy_on_memory_allocate'], imports: ['env.proxy_grpc_stream', 'env.proxy_get_metric'] },
    ],
    ['Go', { custom: ['go:buildid'], exports: ['proxy_on_memory_allocate', 'malloc'] }],
    ['Go', { producers: { language: ['Go go1.26.8'] } }],
    ['Go, for Higress', { custom: ['go:buildid'], exports: ['proxy_abi_version_0_2_100'] }],
    ['TinyGo', { exports: ['proxy_on_memory_allocate', 'malloc', 'calloc', 'realloc', 'free'] }],
    ['C++', { imports: ['env.emscripten_notify_memory_growth'], exports: ['malloc'] }],
    ['C++', { producers: { 'processed-by': ['clang 14.0.6'] }, exports: ['malloc'] }],
    ['C++', { producers: { 'processed-by': ['Debian clang 14.0.6'] }, exports: ['malloc'] }],
    ['AssemblyScript', { exports: ['proxy_on_memory_allocate'] }],
    ['AssemblyScript', { imports: ['env.abort'], exports: ['malloc', '__new'] }],
    [undefined, { exports: ['malloc'] }],
  ];
  for (const [sdk, part] of cases) {
    it(`${sdk ?? 'nothing'} for ${JSON.stringify(part)}`, () => expect(guessSdk(traits(part))).to.equal(sdk));
  }
});
