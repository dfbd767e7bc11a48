import { pageBytes } from '../page.ts';
import type { Engine } from '../engine.ts';
import { checkOf } from '../rewrite/code.ts';
import { rewrite } from '../rewrite/rewrite.ts';

/**
 * A module with `spin(n)`, which counts n down to 0 in a loop:
 *
 *     (memory 1) (func (export "spin") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
 */
const spinning = Buffer.from(
  [
    '0061736d01000000',
    '01 05 01 60 01 7f 00',
    '03 02 01 00',
    '05 03 01 00 01',
    '07 08 01 04 7370696e 00 00',
    '0a 10 01 0e 00 03 40 20 00 41 01 6b 22 00 0d 00 0b 0b',
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);

const limitMs = 5;
/** About half a second; a limit that works ends it long before. */
const long = 0x2000_0000;
/** So often that V8 optimises the function. */
const warmUps = 20_000;

/**
 * Whether the watchdog ends a call, in code as V8 makes it first and in optimised code: that it reads the epoch in each
 * round of a loop is what all limits of time rest on. Takes about 30 ms of the calling thread.
 */
export function deadlineHolds(engine: Engine, atomic: boolean): boolean {
  const module = new WebAssembly.Module(rewrite(spinning, checkOf(atomic)));
  const spin = engine.instantiate(module, {}, pageBytes).call('spin');
  if (!spin) return false;
  const ended = (): boolean => {
    engine.deadline.enter(limitMs);
    try {
      spin(long);
    } catch {
      // The trap that is wanted.
    }
    return engine.deadline.leave();
  };
  if (!ended()) return false;
  for (let i = 0; i < warmUps; i++) spin(1000);
  return ended();
}
