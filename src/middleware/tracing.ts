import type { LoomRouteSpecRuleTracing } from '../api/types.gen.ts';
import type { Middleware, Stage } from './middleware.ts';
import { order } from './order.ts';

/** Other requests are recorded than the settings say. Nothing where there is no tracing. */
export const tracing: Middleware<LoomRouteSpecRuleTracing> = {
  name: 'tracing',
  order: order.tracing,
  compile({ samplePercent }, { resample }): Stage {
    const name = 'tracing';
    if (!resample) return { name };
    const decide = resample(samplePercent / 100);
    return {
      name,
      request(exchange) {
        decide(exchange);
        return undefined;
      },
    };
  },
};
