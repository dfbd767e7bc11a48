import type { LoomRouteSpecRuleErrorResponse } from '../api/types.gen.ts';
import type { Exchange } from '../http/exchange.ts';
import { isGrpc } from '../http/grpc.ts';
import { addVary } from '../http/vary.ts';
import { acceptedType } from './accepted-type.ts';
import type { Middleware, Reply } from './middleware.ts';
import { order } from './order.ts';
import { compileTemplate } from './template.ts';

/** Fields that are of the body that goes. */
const ofBody = [
  'accept-ranges',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'last-modified',
  'repr-digest',
  'trailer',
];

/** A body of the user's own for a failure; the fields that say how to go on, such as Retry-After, stay. */
export const errorResponses: Middleware<readonly LoomRouteSpecRuleErrorResponse[]> = {
  name: 'errorResponses',
  order: order.errorResponses,
  compile(settings, site) {
    const entries = settings.map(compileEntry);
    const replaced = site.counter('replaced');
    return {
      name: 'errorResponses',
      response(exchange) {
        const { response, request } = exchange;
        if (!response || response.status < 400 || isGrpc(request.headers)) return undefined;
        const reply = entries.find((entry) => entry.matches(exchange))?.reply(exchange);
        if (reply) replaced.value++;
        return reply;
      },
    };
  },
};

interface Entry {
  matches(exchange: Exchange): boolean;
  reply(exchange: Exchange): Reply | undefined;
}

function compileEntry({ statuses, codes, from, status, bodies }: LoomRouteSpecRuleErrorResponse): Entry {
  const types = bodies.map(({ contentType }) => contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  const texts = bodies.map(({ text }, i) => compileTemplate(text, escaping(types[i] ?? '')));
  const wanted = new Set(statuses);
  const wantedCodes = new Set<string>(codes);
  return {
    matches({ response, errorCode }) {
      if (from !== 'Any' && (errorCode !== undefined) !== (from === 'Loom')) return false;
      if (errorCode !== undefined && wantedCodes.has(errorCode)) return true;
      const text = String(response?.status);
      return wanted.has(text) || wanted.has(`${text[0]}xx`);
    },
    reply(exchange) {
      const { request, response } = exchange;
      if (!response) return undefined;
      const chosen = acceptedType(request.headers.joined('accept'), types);
      const body = Buffer.from(texts[chosen]?.(exchange) ?? '');
      const headers = response.headers.copy();
      headers.deleteAny(ofBody);
      headers.append('content-type', bodies[chosen]?.contentType ?? '');
      headers.append('content-length', String(body.length));
      if (types.length > 1) addVary(headers, 'accept');
      return { head: { status: status ?? response.status, headers }, body };
    },
  };
}

/** What a client has sent must not become markup of a page, or break a value of JSON. */
function escaping(type: string): (value: string) => string {
  if (type.endsWith('json')) return (value) => JSON.stringify(value).slice(1, -1);
  if (type.endsWith('html') || type.endsWith('xml'))
    return (value) => value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return (value) => value;
}
