import type { Match, Route } from '../../model/model.ts';

/** Oldest first, then by id: the order in which routes may claim a match (GEP-713). */
export function compareRoutes(a: Route, b: Route): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

export interface Conflict {
  readonly rule: string;
  /** For people: `shop.example.com/cart`. */
  readonly claim: string;
  /** Id of the route that holds the claim. */
  readonly winner: string;
}

interface Claim {
  readonly rule: string;
  readonly key: string;
  readonly text: string;
}

const claims = new WeakMap<Route, readonly Claim[]>();

/** Every host and match that a route asks for, one key each; equal keys are equal conditions. */
function claimsOf(route: Route): readonly Claim[] {
  let known = claims.get(route);
  if (!known) {
    const hosts = route.hosts.length > 0 ? route.hosts : ['*'];
    known = route.rules.flatMap((rule) =>
      rule.matches.flatMap((match) => {
        const key = keyOfMatch(match);
        return hosts.map((host) => ({
          rule: rule.name,
          key: `${host} ${key}`,
          text: `${host}${match.path.value}`,
        }));
      }),
    );
    claims.set(route, known);
  }
  return known;
}

function keyOfMatch({ path, methods, headers, query }: Match): string {
  const values = (list: Match['headers']): string =>
    list
      .map((v) => `${v.name} ${v.type} ${v.value}`)
      .toSorted()
      .join();
  return JSON.stringify([path.type, path.value, methods.toSorted().join(), values(headers), values(query)]);
}

/** The claims that each route lost. Routes not in the map lost none. `routes` in the order of `compareRoutes`. */
export function findConflicts(routes: readonly Route[]): ReadonlyMap<string, readonly Conflict[]> {
  const holders = new Map<string, string>();
  const lost = new Map<string, Conflict[]>();
  for (const route of routes) {
    for (const { rule, key, text } of claimsOf(route)) {
      const winner = holders.get(key);
      if (winner === undefined) holders.set(key, route.id);
      else if (winner !== route.id) {
        const list = lost.get(route.id);
        const conflict = { rule, claim: text, winner };
        if (list) list.push(conflict);
        else lost.set(route.id, [conflict]);
      }
    }
  }
  return lost;
}
