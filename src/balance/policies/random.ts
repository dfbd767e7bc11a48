import type { Policy } from './policy.ts';

/** Any endpoint, all alike. */
export const random: Policy = {
  name: 'random',
  build(endpoints) {
    return {
      pick(source, skip) {
        const among = skip?.size ? endpoints.filter((endpoint) => !skip.has(endpoint)) : endpoints;
        return among[Math.floor(source.random() * among.length)];
      },
    };
  },
};
