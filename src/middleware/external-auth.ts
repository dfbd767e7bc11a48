import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { HeaderList } from '../http/headers.ts';
import type { ExternalAuth } from '../model/model.ts';
import { pick, toRefusal } from './external-auth/answer.ts';
import { compileQuestion, hasBodyToSend } from './external-auth/question.ts';
import type { Middleware, Reply } from './middleware.ts';
import { order } from './order.ts';
import { hold, type HeldBody } from './side/held-body.ts';
import { ignore } from './side/side-exchange.ts';

/** A service that says of each request whether it may pass, as nginx' auth_request, Traefik's forwardAuth and Envoy's ext_authz. */
export const externalAuth: Middleware<ExternalAuth> = {
  name: 'externalAuth',
  order: order.externalAuth,
  compile(settings, site) {
    const { upstream, upstreamHeaders, responseHeaders, refusalHeaders, timeoutMs, failOpen } = settings;
    const { maxBodyBytes } = settings;
    const toQuestion = compileQuestion(settings);
    /** What answers said for the responses to come. */
    const forClients = new WeakMap<Exchange, HeaderList>();
    const passed = site.counter('passed');
    const refused = site.counter('refused');
    const unavailable = site.counter('unavailable');
    const unchecked = site.counter('unchecked');

    /** The answer with its status and what of it the client is to get. Throws LoomError. */
    const ask = async (exchange: Exchange, body: HeldBody | undefined): Promise<Reply> => {
      const question = toQuestion(exchange, body);
      const stop = exchange.whenAborted((reason) => question.abort(reason));
      try {
        const answer = await site.send(question, upstream, timeoutMs);
        const { status } = answer.head;
        if (status >= 300 && status < 500) return await toRefusal(answer, refusalHeaders);
        if (answer.body && !Buffer.isBuffer(answer.body)) void ignore(answer.body);
        if (status >= 500) throw new Error(`it answered with ${status}`);
        return answer;
      } catch (error) {
        if (exchange.aborted) throw new LoomError('client-abort', undefined, error);
        throw new LoomError('auth-unavailable', `${upstream}: ${(error as Error).message}`, error);
      } finally {
        stop();
      }
    };

    const settle = (exchange: Exchange, answer: Reply): Reply | undefined => {
      const { status, headers } = answer.head;
      if (status >= 300) {
        refused.value++;
        return answer;
      }
      passed.value++;
      append(pick(headers, upstreamHeaders), exchange.request.headers);
      if (responseHeaders.length > 0) forClients.set(exchange, pick(headers, responseHeaders));
      return undefined;
    };

    const admit = async (exchange: Exchange): Promise<Reply | undefined> => {
      const body =
        maxBodyBytes > 0 && hasBodyToSend(exchange) ? await holdBody(exchange, maxBodyBytes) : undefined;
      const asked = ask(exchange, body);
      // What the service may say, nobody else may: it has its copy already.
      exchange.request.headers.deleteAny(upstreamHeaders);
      try {
        return settle(exchange, await asked);
      } catch (error) {
        if (!(error instanceof LoomError) || error.code !== 'auth-unavailable') throw error;
        if (!failOpen) {
          unavailable.value++;
          throw error;
        }
        unchecked.value++;
        return undefined;
      }
    };

    return {
      name: 'externalAuth',
      request: admit,
      ...(responseHeaders.length > 0 && {
        response(exchange: Exchange) {
          const fields = forClients.get(exchange);
          if (fields && exchange.response) write(fields, exchange.response.headers);
          return undefined;
        },
      }),
    };
  },
};

/** Reads the body of a request, which then goes on from memory. Throws LoomError(body-too-large), or what it fails with. */
async function holdBody(exchange: Exchange, maxBytes: number): Promise<HeldBody> {
  const source = exchange.requestBody;
  const held = source && (source.length ?? 0) <= maxBytes ? await hold(source, maxBytes) : undefined;
  if (!held) throw new LoomError('body-too-large', 'for the service that is asked about it');
  exchange.requestBody = held;
  return held;
}

/** In place of those of the upstream, but for cookies, of which there may be several (RFC 6265 section 3). */
function write(fields: HeaderList, to: HeaderList): void {
  const { flat } = fields;
  for (let i = 0; i < flat.length; i += 2) if (flat[i] !== 'set-cookie') to.delete(flat[i] as string);
  append(fields, to);
}

function append({ flat }: HeaderList, to: HeaderList): void {
  for (let i = 0; i < flat.length; i += 2) to.append(flat[i] as string, flat[i + 1] as string);
}
