import { Random } from './random.ts';

/** Message after message until one fails. LOOM_FUZZ_MESSAGES and LOOM_FUZZ_SEED say how many, and which. */
export function campaign(what: string, check: (random: Random) => string | undefined): void {
  const messages = Number(process.env['LOOM_FUZZ_MESSAGES'] ?? 20_000);
  const first = Number(process.env['LOOM_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`      ${messages} ${what} from seed ${first}`);
  for (let i = 0; i < messages; i++) {
    const problem = check(new Random(first + i));
    if (problem !== undefined)
      throw new Error(`${problem}\nAgain: LOOM_FUZZ_SEED=${first + i} LOOM_FUZZ_MESSAGES=1`);
  }
}
