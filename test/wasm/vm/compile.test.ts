import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { compileModule } from '../../../src/wasm/vm/compile.ts';
import { builtModule } from '../world.ts';
import { moduleBytes } from './module-bytes.ts';

const refusal = async (bytes: Uint8Array): Promise<string> =>
  compileModule(bytes).then(
    () => 'accepted',
    (error: unknown) => (error as Error).message,
  );
const marker = 'proxy_abi_version_0_2_1';

describe('compileModule', () => {
  const bad: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['nothing', Buffer.alloc(0), /^not a WebAssembly module: it does not begin with/],
    ['a page of HTML', Buffer.from('<!doctype html>'), /^not a WebAssembly module: it does not begin with/],
    ['a component', Buffer.from('0061736d0d000100', 'hex'), /^this is a WebAssembly component/],
    ['another version', Buffer.from('0061736d02000000', 'hex'), /^not a WebAssembly module of version 1/],
    ['half a module', moduleBytes([marker, 'malloc']).subarray(0, 40), /^the module does not compile: /],
    ['a module without a marker', moduleBytes(['malloc']), /exports no ABI marker/],
    [
      'an unknown marker',
      moduleBytes(['proxy_abi_version_9_9_9', 'malloc']),
      /has the ABI marker proxy_abi_version_9_9_9/,
    ],
    ['no memory', moduleBytes([marker, 'malloc'], null), /exports no memory/],
    ['a memory of another name', moduleBytes([marker, 'malloc'], 'mem'), /exports no memory named "memory"/],
    [
      'no allocator',
      moduleBytes([marker]),
      /exports no allocator: neither proxy_on_memory_allocate nor malloc/,
    ],
    [
      'an imported global',
      moduleBytes([marker, 'malloc'], 'memory', true),
      /does not have: env\.limit \(a global\)/,
    ],
  ];
  for (const [what, bytes, message] of bad) {
    it(`refuses ${what} and says why`, async () => {
      expect(await refusal(bytes)).to.match(message);
    });
  }

  it('gives module, digest and ABI', async () => {
    const bytes = builtModule('scripted');
    const { module, digest, abi, unimplemented } = await compileModule(bytes);
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).to.include('proxy_on_log');
    expect(digest).to.equal(createHash('sha256').update(bytes).digest('hex'));
    expect(abi).to.equal('0.2.0');
    expect(unimplemented).to.deep.equal([]);
  });

  it('names the imports that nothing stands behind', async () => {
    const { abi, unimplemented } = await compileModule(builtModule('unknown-import'));
    expect(abi).to.equal('0.1.0');
    expect(unimplemented).to.have.members(['env.proxy_from_the_future', 'wasi_unstable.sock_open']);
  });

  it('gives a module that another thread can use', async () => {
    const { module } = await compileModule(builtModule('memory'));
    const script = `const { parentPort, workerData } = require('node:worker_threads');
      parentPort.postMessage(WebAssembly.Module.exports(workerData).length);`;
    const worker = new Worker(script, { eval: true, workerData: module });
    const count = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    );
    await worker.terminate();
    expect(count).to.equal(WebAssembly.Module.exports(module).length);
  });
});
