import type { Exchange } from '../http/exchange.ts';

/** What a plugin did with an exchange, for the access log; `skipped` where it was not there and its policy is Open. */
export type Verdict = 'continue' | 'respond' | 'failed' | 'skipped';

export function tell(exchange: Exchange, plugin: string, verdict: Verdict): void {
  (exchange.plugins ??= {})[plugin] = verdict;
}
