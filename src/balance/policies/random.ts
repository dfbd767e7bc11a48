import { warmly } from '../warmth.ts';
import type { Picker, Policy } from './policy.ts';

/** Any endpoint, all alike. */
export const random: Policy = {
  name: 'random',
  build(endpoints, { warmth }) {
    const picker: Picker = {
      pick(source, skip) {
        const among = skip?.size ? endpoints.filter((endpoint) => !skip.has(endpoint)) : endpoints;
        return among[Math.floor(source.random() * among.length)];
      },
    };
    return warmly(picker, warmth);
  },
};
