import { warmly } from '../warmth.ts';
import { place, type Picker, type Policy } from './policy.ts';

/** Each endpoint in turn, over all workers. */
export const roundRobin: Policy = {
  name: 'round_robin',
  build(endpoints, { warmth }) {
    const picker: Picker = {
      pick(source, skip) {
        if (endpoints.length === 0) return undefined;
        const turn = source.turn();
        const next = endpoints[turn % endpoints.length];
        if (!next || !skip?.has(next)) return next;
        // Not simply its neighbour, which would then carry the load of two.
        const rest = endpoints.filter((endpoint) => !skip.has(endpoint));
        return rest[Math.floor(place(turn) * rest.length)];
      },
    };
    return warmly(picker, warmth);
  },
};
