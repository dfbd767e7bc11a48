import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { foreignFunctions } from '../../../src/wasm/foreign/registry.ts';
import { randomOf, seedFor } from '../world.ts';
import { caller } from '../host/caller.ts';

/** What proxy_call_foreign_function may return: the Rust SDK ends the instance on anything else. */
const tolerated: ReadonlySet<number> = new Set([
  status.ok,
  status.notFound,
  status.badArgument,
  status.serializationFailure,
  status.internalFailure,
]);

describe('foreign functions', () => {
  it('are the rows of docs/proxy-wasm.md, in their order', () => {
    const text = readFileSync('docs/proxy-wasm.md', 'utf8');
    const [, section = ''] = text.split(/^## Foreign functions$/m);
    const rows = [...(section.split(/^## /m)[0] ?? '').matchAll(/^\| `([\w.]+)` \|/gm)].map(
      ([, name]) => name,
    );
    expect(rows).to.deep.equal([...foreignFunctions.keys()]);
  });

  it('are NOT_FOUND when nobody knows them, whatever they are called', () => {
    for (const name of ['nope', '', '__proto__', 'constructor', 'x'.repeat(0x2000)])
      expect(caller().call('proxy_call_foreign_function', [name, ''], 2), name.slice(0, 20)).to.equal(
        status.notFound,
      );
  });

  it('take NULL for the places of a result that nobody wants', () => {
    const calls = caller();
    const name = Buffer.from('get_log_level');
    const memory = Buffer.from(calls.memory.buffer);
    name.copy(memory, 64);
    memory.writeUInt32LE(0xfeed, 0);
    expect(calls.raw('proxy_call_foreign_function', 64, name.length, 0, 0, 0, 0)).to.equal(status.ok);
    expect(calls.raw('proxy_call_foreign_function', 64, name.length, 0, 0, 256, 0)).to.equal(status.ok);
    expect(calls.raw('proxy_call_foreign_function', 64, name.length, 0, 0, 0, 260)).to.equal(status.ok);
    expect([memory.readUInt32LE(0), memory.readUInt32LE(256), memory.readUInt32LE(260)]).to.deep.equal([
      0xfeed, 0, 4,
    ]);
  });

  for (const [name, run] of foreignFunctions) {
    it(`${name} stands any argument`, () => {
      const random = randomOf(seedFor(name));
      for (const current of ['stream', 'root', undefined] as const) {
        const calls = caller({ level: 'silent' });
        calls.host.current = current && calls[current];
        for (let i = 0; i < 500; i++) {
          const argument = Buffer.from(
            Array.from({ length: Math.floor(random() * 24) }, () =>
              random() < 0.5 ? Math.floor(random() * 48) : Math.floor(random() * 256),
            ),
          );
          const result = run(calls.host, argument);
          const answer = typeof result === 'number' ? result : status.ok;
          expect(tolerated.has(answer), `${argument.toString('hex')} gave ${answer}`).to.equal(true);
        }
      }
    });
  }
});
