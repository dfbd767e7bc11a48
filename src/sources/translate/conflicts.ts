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

/** Every host and match that a route asks for, one key each; equal keys are equal conditions. */
function claimsOf(route: Route): readonly Claim[] {
  const hosts = route.hosts.length > 0 ? route.hosts : ['*'];
  return route.rules.flatMap((rule) =>
    rule.matches.flatMap((match) => {
      const key = keyOfMatch(match);
      return hosts.map((host) => ({
        rule: rule.name,
        key: `${host} ${key}`,
        text: `${host}${match.path.value}`,
      }));
    }),
  );
}

function keyOfMatch({ path, methods, headers, query }: Match): string {
  const values = (list: Match['headers']): string =>
    list
      .map((v) => `${v.name} ${v.type} ${v.value}`)
      .toSorted()
      .join();
  return JSON.stringify([path.type, path.value, methods.toSorted().join(), values(headers), values(query)]);
}

/** Which routes ask for the same. */
export class Claims {
  readonly #routes = new Map<string, Route>();
  /** Claim → the routes that make it, mostly one. */
  readonly #claimants = new Map<string, string | readonly string[]>();

  /** Takes the new version of a route; undefined: it is gone. @returns ids of all routes whose losses may be others now */
  set(id: string, route: Route | undefined): ReadonlySet<string> {
    const touched = new Set<string>();
    const before = this.#routes.get(id);
    for (const key of new Set(before && claimsOf(before).map((claim) => claim.key))) {
      const left = this.#of(key).filter((other) => other !== id);
      this.#put(key, left);
      for (const other of left) touched.add(other);
    }
    if (!route) {
      this.#routes.delete(id);
      return touched;
    }
    this.#routes.set(id, route);
    touched.add(id);
    for (const key of new Set(claimsOf(route).map((claim) => claim.key))) {
      const others = this.#of(key);
      this.#put(key, [...others, id]);
      for (const other of others) touched.add(other);
    }
    return touched;
  }

  /** The claims that a route lost to an older one. */
  lost(id: string): readonly Conflict[] {
    const route = this.#routes.get(id);
    if (!route) return [];
    return claimsOf(route).flatMap(({ rule, key, text }) => {
      const claimants = this.#of(key);
      if (claimants.length < 2) return [];
      const routes = claimants.map((claimant) => this.#routes.get(claimant) as Route);
      const winner = routes.reduce((a, b) => (compareRoutes(a, b) <= 0 ? a : b));
      return winner.id === id ? [] : [{ rule, claim: text, winner: winner.id }];
    });
  }

  #of(key: string): readonly string[] {
    const claimants = this.#claimants.get(key) ?? [];
    return typeof claimants === 'string' ? [claimants] : claimants;
  }

  #put(key: string, claimants: readonly string[]): void {
    const [only] = claimants;
    if (only === undefined) this.#claimants.delete(key);
    else this.#claimants.set(key, claimants.length === 1 ? only : claimants);
  }
}
