import { isDeepStrictEqual } from 'node:util';
import type { Rule } from '../model/model.ts';
import { deriveCorpus, type Corpus } from './corpus.ts';
import { decide, type Decision, type World } from './explain.ts';
import type { Question } from './explanation.ts';
import { ask } from './request.ts';
import { Routing } from './routing.ts';

/** `answer`: taken by a rule, refused, redirected or none of these. `settings`: what the rule does beside stages and backends. */
type ChangeKind = 'answer' | 'route' | 'backends' | 'stages' | 'settings';

export interface Change {
  readonly question: Question;
  readonly kinds: readonly ChangeKind[];
  readonly before: Decision;
  readonly after: Decision;
}

export interface Difference {
  readonly requests: number;
  readonly unsampled: Corpus['unsampled'];
  readonly changes: readonly Change[];
}

/**
 * Which requests would be treated in another way after the change of one configuration to another. Without `questions` they are
 * derived from the rules of both.
 */
export async function diffWorlds(
  before: World,
  after: World,
  questions?: readonly Question[],
): Promise<Difference> {
  const old = await Routing.of(before.model.routes.values());
  const fresh = await Routing.of(after.model.routes.values());
  const corpus = questions ? { questions, unsampled: [] } : deriveCorpus([...old.ways, ...fresh.ways]);
  const changes: Change[] = [];
  for (const question of corpus.questions) {
    const was = decide(before, old, ask(question, before.settings));
    const will = decide(after, fresh, ask(question, after.settings));
    const kinds = kindsOf(before, was, after, will);
    if (kinds.length > 0) changes.push({ question, kinds, before: was, after: will });
  }
  return { requests: corpus.questions.length, unsampled: corpus.unsampled, changes };
}

function kindsOf(from: World, was: Decision, to: World, will: Decision): readonly ChangeKind[] {
  const { taken: old } = was;
  const { taken: fresh } = will;
  if (!old || !fresh) {
    const outcome = ({ taken, refused, redirected }: Decision): unknown => [taken, refused?.code, redirected];
    return isDeepStrictEqual(outcome(was), outcome(will)) ? [] : ['answer'];
  }
  const share = ({ backends }: typeof old): unknown =>
    backends.map(({ upstream, share: of }) => [upstream, of]);
  const name = ({ stages }: typeof old): unknown =>
    stages.map((one) => ('plugin' in one ? [one.plugin] : one.middleware));
  return [
    ...(old.route === fresh.route && old.rule === fresh.rule ? [] : (['route'] as const)),
    ...(isDeepStrictEqual(share(old), share(fresh)) ? [] : (['backends'] as const)),
    ...(isDeepStrictEqual(name(old), name(fresh)) ? [] : (['stages'] as const)),
    ...(isDeepStrictEqual(settingsOf(from, old), settingsOf(to, fresh)) ? [] : (['settings'] as const)),
  ];
}

function settingsOf({ model }: World, { route, rule }: NonNullable<Decision['taken']>): unknown {
  const found: Rule | undefined = model.routes.get(route)?.rules.find(({ name }) => name === rule);
  const { timeouts, priority, retries, maxRequestBodyBytes, middleware, plugins } = found ?? {};
  return { timeouts, priority, retries, maxRequestBodyBytes, middleware, plugins };
}
