import type { Condition, EndpointSlice } from '../../api/core.ts';

/** More different texts than a cluster has are of no use together. */
const maxTexts = 4096;
const texts = new Map<string, string>();

/** The same string for the same text: JSON.parse makes a new one of each, and the words of conditions come by the ten thousand. */
export function intern(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= maxTexts) texts.clear();
  texts.set(text, text);
  return text;
}

/** What Loom reads of a condition, in strings that others have too. */
export const internCondition = ({
  type,
  status,
  reason,
  message,
  observedGeneration,
  lastTransitionTime,
}: Condition): Condition => ({
  type: intern(type),
  status,
  reason: intern(reason),
  message: intern(message),
  ...(observedGeneration !== undefined && { observedGeneration }),
  lastTransitionTime: intern(lastTransitionTime),
});

type State = NonNullable<NonNullable<EndpointSlice['endpoints']>[number]['conditions']>;

const states = new Map<string, State>();

/** The same object for all endpoints that are in the same state: there are three words that are true, false or absent. */
export function internState({ ready, serving, terminating }: State): State {
  const key = `${ready} ${serving} ${terminating}`;
  let state = states.get(key);
  if (!state) {
    state = {
      ...(ready !== undefined && { ready }),
      ...(serving !== undefined && { serving }),
      ...(terminating !== undefined && { terminating }),
    };
    states.set(key, state);
  }
  return state;
}
