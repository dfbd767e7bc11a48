import type { Exchange } from '../../http/exchange.ts';
import { isGrpc } from '../../http/grpc.ts';
import { HeaderList } from '../../http/headers.ts';
import { requestIdHeader } from '../../http/request-id.ts';
import type { ExternalAuth } from '../../model/model.ts';
import type { HeldBody } from '../side/held-body.ts';
import { sideExchange } from '../side/side-exchange.ts';

/** Fields of a body: the service gets them with it. */
const ofBody = ['content-encoding', 'content-length', 'content-type', 'trailer'];

/** Fields that would make of the answer something else than a yes or no: a part, "not modified", "go on". */
const ofAnswer = [
  'expect',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
];

/** What the service gets in any case. */
const ofLoom = new Set([
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  requestIdHeader,
]);

/** Makes what a service is asked about an exchange; `body` is that of the request where the service gets it. */
export function compileQuestion(
  settings: ExternalAuth,
): (exchange: Exchange, body: HeldBody | undefined) => Exchange {
  const { path, isPrefix, preserveMethod, host, requestHeaders } = settings;
  const prefix = path.endsWith('/') ? path.slice(0, -1) : path;
  const wanted = requestHeaders && new Set(requestHeaders);
  return (exchange, body) => {
    const { request } = exchange;
    const { flat } = request.headers;
    const headers = new HeaderList();
    for (let i = 0; i < flat.length; i += 2) {
      const [name, value] = [flat[i] as string, flat[i + 1] as string];
      if (!wanted || wanted.has(name) || ofLoom.has(name) || ofBody.includes(name))
        headers.append(name, value);
    }
    headers.deleteAny(body ? ofAnswer : [...ofAnswer, ...ofBody]);
    const { method, authority, query } = request;
    headers.set('x-forwarded-method', method);
    headers.set('x-forwarded-uri', query === '' ? request.path : `${request.path}?${query}`);
    const head = {
      method: preserveMethod || body ? method : 'GET',
      scheme: request.scheme,
      authority: host ?? authority,
      path: isPrefix ? prefix + request.path : path,
      query: isPrefix ? query : '',
      headers,
    };
    return sideExchange(exchange, head, body);
  };
}

/** Whether the service gets the body of that request: never of a call of gRPC, which may be a stream that waits for its answers. */
export const hasBodyToSend = ({ request, requestBody }: Exchange): boolean =>
  requestBody !== undefined && !isGrpc(request.headers);
