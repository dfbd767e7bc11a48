import type { LiveEndpoint } from '../endpoints.ts';
import { warmly } from '../warmth.ts';
import { place, type Picker, type Policy } from './policy.ts';

/**
 * Longest sequence that is stored; building one takes up to this many steps over all endpoints. Weights whose sum, after
 * division by their greatest common divisor, is larger need no sequence: each turn then falls on a line of that length.
 */
export const maxSequence = 1024;

/** Each endpoint in proportion to its weight, evenly in time, over all workers. Weight 0 takes none. */
export const weighted: Policy = {
  name: 'weighted',
  build(endpoints, { warmth }) {
    const taking = endpoints.filter(({ weight }) => weight > 0);
    const [first] = taking;
    if (!first) return { pick: () => undefined };
    const divisor = taking.reduce((found, { weight }) => gcd(found, weight), first.weight);
    const weights = taking.map(({ weight }) => weight / divisor);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const choose =
      total === taking.length
        ? inTurn(taking)
        : total > maxSequence
          ? onLine(taking, weights)
          : inTurn(smooth(taking, weights));
    const picker: Picker = {
      pick(source, skip) {
        const turn = source.turn();
        const next = choose(turn);
        if (!skip?.has(next)) return next;
        const rest = taking.filter((endpoint) => !skip.has(endpoint));
        return rest.length > 0
          ? onLine(
              rest,
              rest.map(({ weight }) => weight),
            )(turn)
          : undefined;
      },
    };
    return warmly(picker, warmth);
  },
};

type Choose = (turn: number) => LiveEndpoint;

function inTurn(sequence: readonly LiveEndpoint[]): Choose {
  return (turn) => sequence[turn % sequence.length] as LiveEndpoint;
}

/** Smooth weighted round robin as nginx has it: every step adds each weight to its credit, the highest credit is next and pays the total. */
function smooth(endpoints: readonly LiveEndpoint[], weights: readonly number[]): readonly LiveEndpoint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const credits = new Float64Array(weights.length);
  return Array.from({ length: total }, () => {
    let best = 0;
    for (let i = 0; i < credits.length; i++) {
      credits[i] = (credits[i] as number) + (weights[i] as number);
      if ((credits[i] as number) > (credits[best] as number)) best = i;
    }
    credits[best] = (credits[best] as number) - total;
    return endpoints[best] as LiveEndpoint;
  });
}

/** Endpoints lie end to end on a line, each as long as its weight. */
function onLine(endpoints: readonly LiveEndpoint[], weights: readonly number[]): Choose {
  let total = 0;
  const ends = Float64Array.from(weights, (weight) => (total += weight));
  return (turn) => {
    const point = place(turn) * total;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (point < (ends[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return endpoints[low] as LiveEndpoint;
  };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
