import type { LoomRouteSpecRule } from '../api/types.gen.ts';
import type { Problem } from './problem.ts';
import { checkTemplate } from './template.ts';

const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const hostname = new RegExp(`^${label}(\\.${label})*$`);
const variable = /\$\{[^{}]+\}/g;
const noHost = 'must be a host name in lower case without port, in which ${…} may stand for parts';

/** The variables in the texts of a rule; `captured` says whether every match captures a segment of that name. */
export function* checkTexts(
  rule: LoomRouteSpecRule,
  at: string,
  captured: (name: string) => boolean,
): Generator<Problem> {
  for (const name of ['requestHeaders', 'responseHeaders'] as const) {
    for (const list of ['set', 'add'] as const) {
      for (const [i, { value }] of (rule[name]?.[list] ?? []).entries()) {
        const message = checkTemplate(value, captured);
        if (message) yield { path: `${at}/${name}/${list}/${i}/value`, message };
      }
    }
  }
  for (const name of ['rewrite', 'redirect'] as const) {
    const host = rule[name]?.host;
    if (host === undefined) continue;
    const message =
      checkTemplate(host, captured) ?? (hostname.test(host.replaceAll(variable, 'x')) ? undefined : noHost);
    if (message) yield { path: `${at}/${name}/host`, message };
  }
  for (const [i, { bodies }] of (rule.errorResponses ?? []).entries()) {
    for (const [j, { text }] of bodies.entries()) {
      const message = checkTemplate(text, captured, true);
      if (message) yield { path: `${at}/errorResponses/${i}/bodies/${j}/text`, message };
    }
  }
}
