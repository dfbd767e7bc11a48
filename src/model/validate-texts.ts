import type { LoomRouteSpecRule } from '../api/types.gen.ts';
import type { Problem } from './problem.ts';
import { checkTemplate } from './template.ts';

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
  for (const [i, { bodies }] of (rule.errorResponses ?? []).entries()) {
    for (const [j, { text }] of bodies.entries()) {
      const message = checkTemplate(text, captured, true);
      if (message) yield { path: `${at}/errorResponses/${i}/bodies/${j}/text`, message };
    }
  }
}
