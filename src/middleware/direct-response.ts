import type { LoomRouteSpecRuleDirectResponse } from '../api/types.gen.ts';
import { HeaderList } from '../http/headers.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';

export const directResponse: Middleware<LoomRouteSpecRuleDirectResponse> = {
  name: 'directResponse',
  order: order.directResponse,
  compile({ status, contentType, body }) {
    const bytes = Buffer.from(body ?? '');
    // 204 and 304 end with their head (RFC 9110 sections 15.3.5 and 15.4.5).
    const empty = status === 204 || status === 304;
    const fields = empty ? [] : ['content-type', contentType, 'content-length', String(bytes.length)];
    return {
      name: 'directResponse',
      request: () => ({
        head: { status, headers: new HeaderList(fields.slice()) },
        body: empty ? undefined : bytes,
      }),
    };
  },
};
