import type { Match, Route } from '../model/model.ts';
import { anyHost } from '../router/hosts.ts';
import type { Entry } from '../router/table.ts';
import { preflightMatches } from './preflight.ts';

/** The ways to the rules of a route: `targets` are what its rules became, in their order. */
export function entriesOf<T>(route: Route, targets: readonly T[]): readonly Entry<T>[] {
  return route.rules.flatMap((rule, i) =>
    [...rule.matches, ...('cors' in rule.middleware ? rule.matches.flatMap(preflightMatches) : [])].map(
      (match: Match) => ({ match, target: targets[i] as T }),
    ),
  );
}

/** The hosts in whose tables a route stands. */
export const hostsOf = ({ hosts }: Route): readonly string[] => (hosts.length > 0 ? hosts : [anyHost]);

/** The order of routes in a table. */
export const byAge = (a: Route, b: Route): number =>
  a.created < b.created ? -1 : a.created > b.created ? 1 : a.id < b.id ? -1 : 1;
