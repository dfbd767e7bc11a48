import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { loopShapes } from '../loop-shapes.ts';

const run = promisify(execFile);

describe('the deadline of a call', () => {
  const ways = [
    ['as V8 runs it', []],
    ['in baseline code', ['--liftoff-only']],
    ['in optimised code', ['--no-liftoff', '--no-wasm-tier-up']],
  ] as const;
  for (const [what, flags] of ways) {
    for (const load of ['plain', 'atomic']) {
      it(`ends every kind of loop, ${what}, with ${load} loads`, async () => {
        const { stdout } = await run(
          process.execPath,
          [...flags, 'test/wasm/vm/budget/kill-matrix.ts', load],
          { timeout: 50_000, killSignal: 'SIGKILL' },
        );
        const expected = Object.keys(loopShapes).map((name) => [name, 'late, unreachable']);
        expect(JSON.parse(stdout)).to.deep.equal(Object.fromEntries(expected));
      });
    }
  }
});
