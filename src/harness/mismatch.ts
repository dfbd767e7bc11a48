import type { Gateway } from './gateway.ts';
import type { Outcome } from './outcome.ts';
import { shown, type Matcher } from './matcher.ts';

/** One thing that should be so after a scenario. */
export interface Expectation {
  /** JSON pointer to where it was written. */
  readonly path: string;
  readonly matcher: Matcher;
  /** What is so. */
  readonly got: (outcome: Outcome, gateway: Gateway) => readonly Buffer[];
}

export type Add = (path: string, matcher: Matcher, got: Expectation['got']) => void;

/** Why an expectation does not hold; undefined where it does. */
export function mismatch(
  { matcher, got }: Expectation,
  outcome: Outcome,
  gateway: Gateway,
): { readonly expected: string; readonly got: string } | undefined {
  const values = got(outcome, gateway);
  return matcher.matches(values) ? undefined : { expected: matcher.expected, got: shown(values) };
}
