import { SharedState } from '../../src/balance/shared.ts';
import { Compiler, type Compiled } from '../../src/compile/compiler.ts';
import { PluginPool } from '../../src/compile/plugins.ts';
import type { Match, Route, Rule } from '../../src/model/model.ts';
import { diffModels, emptyModel, type PlacedModel } from '../../src/runtime/delta.ts';
import type { LoadedPlugin, PlacedUpstream } from '../../src/runtime/messages.ts';
import type { CompiledRule } from '../../src/runtime/snapshot.ts';
import { testSite } from '../middleware/site.ts';
import { match, requestHead } from '../support/requests.ts';
import { world as environment, type World as Environment } from '../wasm/world.ts';

/** A rule for everything below `path`; answers itself unless it gets another action. */
export function rule(path: string, part: Partial<Rule> = {}): Rule {
  const matches: readonly Match[] = [match({ path: { type: 'Prefix', value: path } })];
  return {
    name: 'main',
    matches,
    action: { type: 'respond' },
    plugins: [],
    timeouts: { requestMs: 0, responseMs: 0, idleMs: 0 },
    middleware: { directResponse: { status: 200, contentType: 'text/plain', body: path } },
    ...part,
  };
}

export const route = (id: string, host: string, ...rules: readonly Rule[]): Route => ({
  id,
  created: '',
  hosts: host === '*' ? [] : [host],
  rules,
});

/** A rule that forwards to upstreams of equal weight. */
export const forwarding = (...upstreams: readonly string[]): Partial<Rule> => ({
  action: { type: 'forward', backends: upstreams.map((upstream) => ({ upstream, weight: 1 })) },
  middleware: {},
});

export const upstream = (id: string, slot: number): PlacedUpstream => ({
  id,
  slot,
  loadBalancer: 'RoundRobin',
  connectTimeoutMs: 1000,
});

/** A compiler that is given whole models, as the control thread has them, and gets the difference. */
export class Worker {
  readonly environment: Environment = environment();
  readonly pool = new PluginPool(this.environment);
  readonly compiler = new Compiler(new SharedState(), this.pool, testSite());
  model: PlacedModel = emptyModel;
  last: Compiled | undefined;
  #revision = 0;

  async apply(part: {
    readonly routes?: readonly Route[];
    readonly upstreams?: readonly PlacedUpstream[];
    readonly plugins?: readonly LoadedPlugin[];
  }): Promise<Compiled> {
    const { routes, upstreams, plugins } = part;
    const next = {
      ...this.model,
      ...(routes && { routes: new Map(routes.map((one) => [one.id, one])) }),
      ...(upstreams && { upstreams: new Map(upstreams.map((one) => [one.id, one])) }),
      ...(plugins && { plugins: new Map(plugins.map((one) => [one.id, one])) }),
    };
    const delta = diffModels(this.model, next);
    this.model = next;
    this.last = await this.compiler.apply(++this.#revision, delta);
    return this.last;
  }

  /** The rule that a request line such as `GET shop/cart` finds in the last snapshot. */
  rule(line: string): CompiledRule {
    const found = this.last?.snapshot.find(requestHead(line));
    if (!found) throw new Error(`nothing is found for ${line}`);
    return found.target;
  }
}
