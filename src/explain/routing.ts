import { byAge, entriesOf, hostsOf } from '../compile/entries.ts';
import { Slices } from '../compile/slices.ts';
import type { RequestHead } from '../http/exchange.ts';
import type { Route, Rule } from '../model/model.ts';
import { HostRouter } from '../router/hosts.ts';
import { HostTable, type Entry, type Found } from '../router/table.ts';
import type { Way } from './explanation.ts';

/** A way with the route and the rule that it leads to. */
export interface Target extends Way {
  readonly of: Route;
  readonly to: Rule;
}

/** The routing of all routes, made of the entries and tables that serve; it ends at ways in place of compiled rules. */
export class Routing {
  /** All of them, in the order in which equal ones are preferred. */
  readonly ways: readonly Target[];
  readonly #router: HostRouter<Target>;

  private constructor(ways: readonly Target[], router: HostRouter<Target>) {
    this.ways = ways;
    this.#router = router;
  }

  /** In slices: a running Loom explains beside its work. */
  static async of(routes: Iterable<Route>): Promise<Routing> {
    const byHost = new Map<string, Entry<Target>[]>();
    for (const route of [...routes].toSorted(byAge)) {
      for (const host of hostsOf(route)) {
        const entries = entriesOf(route, route.rules).map(({ match, target: to }) => ({
          match,
          target: { route: route.id, rule: to.name, host, match, of: route, to },
        }));
        const list = byHost.get(host);
        if (list) list.push(...entries);
        else byHost.set(host, entries);
      }
    }
    const slices = new Slices();
    const tables = new Map<string, HostTable<Target>>();
    for (const [host, entries] of byHost) tables.set(host, await HostTable.build(entries, slices));
    const ways = [...byHost.values()].flat().map(({ target }) => target);
    return new Routing(ways, HostRouter.of(tables));
  }

  find(request: RequestHead): Found<Target> | undefined {
    return this.#router.find(request);
  }
}
