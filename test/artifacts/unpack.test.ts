import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'chai';
import { unpackModule } from '../../src/artifacts/unpack.ts';
import { makeTar } from '../support/tar.ts';
import { moduleNumber } from '../support/supply.ts';

const module = moduleNumber(1);
const other = moduleNumber(2);

describe('unpackModule', () => {
  const cases: readonly (readonly [string, Buffer])[] = [
    ['a module', module],
    ['a gzip', gzipSync(module)],
    ['a zstd', zstdCompressSync(module)],
    ['a tar', makeTar({ readme: Buffer.from('x'), 'a/b.wasm': module })],
    ['a tar in a gzip', gzipSync(makeTar({ 'plugin.wasm': module }))],
    [
      'a tar with several, by the name',
      makeTar({ 'a.wasm': other, './x/plugin.wasm': module, 'z.wasm': other }),
    ],
    ['a tar with a newer one of the name', makeTar({ 'plugin.wasm': other, 'new/plugin.wasm': module })],
  ];
  for (const [title, bytes] of cases) {
    it(`finds it in ${title}`, async () => {
      expect(Buffer.from((await unpackModule(bytes)) ?? []).equals(module)).to.equal(true);
    });
  }

  it('finds nothing where nothing is', async () => {
    for (const bytes of [Buffer.from('text'), Buffer.alloc(0), makeTar({ readme: Buffer.from('x') })])
      expect(await unpackModule(bytes)).to.equal(undefined);
  });

  const refused: readonly (readonly [string, Buffer, RegExp])[] = [
    [
      'an archive with two and no name',
      makeTar({ 'a.wasm': module, 'b.wasm': other }),
      /2 modules, and none is called plugin.wasm/,
    ],
    ['a gzip that is cut off', gzipSync(module).subarray(0, 40), /cannot be unpacked/],
    ['a bomb', gzipSync(Buffer.alloc(130 * 1024 * 1024)), /unpacks to more than 134217728 bytes/],
    [
      'a module that is too large',
      gzipSync(Buffer.concat([module, Buffer.alloc(64 * 1024 * 1024)])),
      /more than 67108864/,
    ],
  ];
  for (const [title, bytes, problem] of refused) {
    it(`refuses ${title}`, async () => {
      const message = await unpackModule(bytes).then(
        () => 'nothing',
        (error: Error) => error.message,
      );
      expect(message).to.match(problem);
    });
  }
});
