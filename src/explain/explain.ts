import { stageOrder } from '../compile/rule.ts';
import { errors } from '../errors.ts';
import { EarlyReply } from '../http/early-reply.ts';
import type { Model, Rule } from '../model/model.ts';
import type { Plugin } from '../model/plugin.ts';
import type { Settings } from '../model/settings.ts';
import type { Candidate, ExplainedBackend, ExplainedStage, Explanation, Question } from './explanation.ts';
import { explainOthers } from './others.ts';
import { ask, type Asked } from './request.ts';
import { Routing, type Target } from './routing.ts';

/** What a question is asked of: a configuration that was read, or that of a running process. */
export interface World {
  readonly model: Omit<Model, 'certificates'>;
  readonly settings: Settings;
  /** The endpoints of an upstream with what is known of them; by default those of the model. */
  readonly endpoints?: (upstream: string) => readonly Candidate[];
  /** Why a plugin does not run. */
  readonly pluginProblem?: (plugin: string) => string | undefined;
}

/** What becomes of a request, without a word about the ways that it does not take. */
export type Decision = Omit<Explanation, 'others' | 'othersLeftOut'>;

/**
 * What Loom would do with a request, said by the code that would do it. A plugin may have the route found anew, which only a
 * request can show. `most`: how many other ways are listed. Throws a TypeError for what is no request.
 */
export async function explain(world: World, question: Question, most = 10): Promise<Explanation> {
  const asked = ask(question, world.settings);
  const routing = await Routing.of(world.model.routes.values());
  const decision = decide(world, routing, asked);
  if (decision.refused || decision.redirected) return { ...decision, others: [], othersLeftOut: 0 };
  const { request } = asked.exchange;
  const others = await explainOthers(request, routing.ways, routing.find(request)?.target);
  return {
    ...decision,
    others: others.slice(0, most),
    othersLeftOut: Math.max(0, others.length - most),
  };
}

/** `routing` is that of the routes of `world`. */
export function decide(world: World, routing: Routing, { exchange, listener }: Asked): Decision {
  const { request, refusal } = exchange;
  const asked: Decision = {
    request: {
      method: request.method,
      scheme: request.scheme,
      host: request.authority,
      path: request.path,
      query: request.query,
      headers: pairsOf(request.headers.flat),
    },
    ...(listener && {
      listener: {
        name: listener.name,
        address: `${listener.host.includes(':') ? `[${listener.host}]` : listener.host}:${listener.port}`,
        protocol: listener.protocol,
      },
    }),
  };
  if (refusal instanceof EarlyReply) {
    const { status, headers } = refusal.reply.head;
    return { ...asked, redirected: { status, location: headers.get('location') ?? '' } };
  }
  if (refusal) {
    const { code, message } = refusal;
    return { ...asked, refused: { code, status: errors[code].status, detail: message } };
  }
  const found = routing.find(request);
  if (!found) return asked;
  const { target, params, matchedPrefix } = found;
  return { ...asked, taken: { ...told(world, target), params, matchedPrefix } };
}

function told(
  world: World,
  { route, rule, host, match, to }: Target,
): Omit<NonNullable<Explanation['taken']>, 'params' | 'matchedPrefix'> {
  const { timeouts, retries } = to;
  const stages = stageOrder(to, world.model.plugins).map(({ what }): ExplainedStage =>
    typeof what === 'string' ? { middleware: what } : pluginTold(world, what.plugin),
  );
  const backends = backendsOf(world, to);
  return { route, rule, host, match, stages, backends, timeouts, ...(retries && { retries }) };
}

function pluginTold({ model, pluginProblem }: World, id: string): ExplainedStage {
  const plugin: Plugin | undefined = model.plugins.get(id);
  if (!plugin) return { plugin: id, problem: 'there is no such plugin: requests get 500' };
  const problem = pluginProblem?.(id);
  return {
    plugin: id,
    phase: plugin.phase,
    priority: plugin.priority,
    ...(problem !== undefined && { problem }),
  };
}

function backendsOf(world: World, { action }: Rule): readonly ExplainedBackend[] {
  if (action.type === 'respond') return [];
  const { model, endpoints = (id) => model.endpoints.get(id) ?? [] } = world;
  const total = action.backends.reduce((sum, { weight }) => sum + weight, 0);
  return action.backends
    .filter(({ weight }) => weight > 0)
    .map(({ upstream: id, weight }) => {
      const share = Math.round((weight / total) * 1000) / 10;
      const upstream = model.upstreams.get(id);
      if (!upstream) return { upstream: id, share, missing: true, endpoints: [] };
      const { protocol = 'Http', loadBalancer } = upstream;
      return { upstream: id, share, protocol, loadBalancer, endpoints: endpoints(id) };
    });
}

const pairsOf = (flat: readonly string[]): readonly (readonly [string, string])[] =>
  flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []));
