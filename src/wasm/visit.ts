import type { Exchange, Visit } from '../http/exchange.ts';
import type { Entered } from './plugin-instance.ts';

/** What a plugin did with an exchange, for the access log; `skipped` where it was not there and its policy is Open. */
export type Verdict = 'continue' | 'respond' | 'failed' | 'skipped';

/** Of a plugin that only hears of the end of an exchange: no part of the log. */
export const unseen = '';

/** An exchange in one stage of a plugin. */
export interface PluginVisit extends Visit {
  verdict: Verdict | typeof unseen;
  /** Undefined where no instance took the exchange, or the one that did has ended. */
  entered: Entered | undefined;
}

/** Begins a visit. */
export function visit(
  exchange: Exchange,
  stage: object,
  plugin: string,
  verdict: PluginVisit['verdict'],
  entered?: Entered,
): void {
  const begun: PluginVisit = { stage, plugin, verdict, entered };
  if (exchange.visits) exchange.visits.push(begun);
  else exchange.visits = [begun];
}

/** The visit that `stage` began. */
export function visitOf({ visits }: Exchange, stage: object): PluginVisit | undefined {
  if (!visits) return undefined;
  for (let i = 0; i < visits.length; i++) {
    const one = visits[i] as Visit;
    // Whoever is `stage` has begun it as above.
    if (one.stage === stage) return one as PluginVisit;
  }
  return undefined;
}

/** What has become of the exchange in `stage`. */
export function tell(exchange: Exchange, stage: object, plugin: string, verdict: Verdict): void {
  const visited = visitOf(exchange, stage);
  if (visited) visited.verdict = verdict;
  else visit(exchange, stage, plugin, verdict);
}

/** Whether the instance still knows of the exchange. */
export const lives = ({ guest, stream }: Entered): boolean => !guest.failure && !stream.deleted;
