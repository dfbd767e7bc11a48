import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { inspectModule } from '../../src/wasm/inspect.ts';
import { builtModule } from './world.ts';

describe('inspectModule', () => {
  it('tells what a module is', async () => {
    const bytes = builtModule('body-transform');
    const seen = await inspectModule(bytes);
    expect(seen.bytes).to.equal(bytes.length);
    expect(seen.sha256).to.equal(createHash('sha256').update(bytes).digest('hex'));
    expect([seen.problem, seen.abi, seen.sdk]).to.deep.equal([undefined, '0.2.1', 'AssemblyScript']);
    expect(seen.callbacks).to.include.members(['proxy_on_request_body', 'proxy_on_response_body']);
    expect(seen.otherExports).to.include.members(['proxy_abi_version_0_2_1', 'memory', '_initialize']);
    expect(seen.imports.every(({ state }) => state === 'implemented')).to.equal(true);
    expect(seen.memory?.initial).to.be.above(0);
  });

  const grants: readonly (readonly [string, readonly string[]])[] = [
    ['hello', []],
    ['body-transform', ['RequestBody', 'ResponseBody']],
    ['lazy-transform', ['ForeignFunctions', 'RequestBody', 'ResponseBody']],
    ['http-auth', ['Calls']],
  ];
  for (const [name, wanted] of grants) {
    it(`tells what ${name} has to be granted`, async () =>
      expect((await inspectModule(builtModule(name))).grants).to.deep.equal(wanted));
  }

  it('marks imports that nobody knows', async () => {
    const { imports } = await inspectModule(builtModule('unknown-import'));
    expect(imports.filter(({ state }) => state === 'unknown')).not.to.deep.equal([]);
  });

  const broken: readonly (readonly [string, Buffer, string])[] = [
    ['a text', Buffer.from('hello'), 'not a WebAssembly module'],
    ['a component', Buffer.from('0061736d0d000100', 'hex'), 'this is a WebAssembly component'],
    ['an empty module', Buffer.from('0061736d01000000', 'hex'), 'the module exports no '],
    ['half a module', builtModule('hello').subarray(0, 500), 'does not compile'],
  ];
  for (const [what, bytes, problem] of broken) {
    it(`says what is wrong with ${what}`, async () =>
      expect((await inspectModule(bytes)).problem).to.include(problem));
  }
});
