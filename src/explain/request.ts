import { Exchange, type Wire } from '../http/exchange.ts';
import { ForwardedFields } from '../http/forwarded.ts';
import { readRequestHead } from '../http/http1/request-head.ts';
import { redirectToHttps } from '../http/redirect-to-https.ts';
import type { ListenerSettings, Settings } from '../model/settings.ts';
import type { Question } from './explanation.ts';

/** What a worker would have of a request before it routes it. */
export interface Asked {
  readonly exchange: Exchange;
  readonly listener: ListenerSettings | undefined;
}

/** Nothing is sent anywhere. */
const noWire: Wire = { version: '1.1', respond: () => undefined, reset: () => undefined };

/**
 * The bytes of the request, read as a listener reads them: its head parsed, its path normalised, its claims about proxies
 * checked, its listener's redirect made. Throws a TypeError for a question that cannot be sent at all.
 */
export function ask({ method, url, headers, client }: Question, settings: Settings): Asked {
  const [, scheme = '', authority = '', rest = ''] = /^(https?):\/\/([^/?#]*)([^#]*)$/i.exec(url) ?? [];
  if (scheme === '' || authority === '') {
    throw new TypeError(`${JSON.stringify(url)} is no URL such as http://shop.example.com/cart`);
  }
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? authority;
  const others = headers.filter(([name]) => name.toLowerCase() !== 'host');
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...others.map((pair) => pair.join(': '))];
  const secure = scheme.toLowerCase() === 'https';
  const listener = listenerOf(settings.listeners, secure ? 'https' : 'http', authority);
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  const { head, refusal } = readRequestHead(bytes, 0, secure ? 'https' : 'http', settings.limits);
  const exchange = new Exchange(noWire, head, undefined, {
    listener: listener?.name ?? '',
    client: { address: client, port: 0 },
    local: { address: '', port: listener?.port ?? (secure ? 443 : 80) },
  });
  exchange.refusal = refusal;
  new ForwardedFields(settings.trustedProxies, settings.trustedHops).apply(exchange);
  if (listener?.httpsPort !== undefined) exchange.refusal ??= redirectToHttps(exchange, listener.httpsPort);
  return { exchange, listener };
}

/** The one at the port of the URL, else the first of its scheme: a Service or a load balancer may give it another port. */
function listenerOf(
  listeners: readonly ListenerSettings[],
  protocol: ListenerSettings['protocol'],
  authority: string,
): ListenerSettings | undefined {
  const port = Number(/:(\d+)$/.exec(authority)?.[1] ?? 0);
  const same = listeners.filter((listener) => listener.protocol === protocol);
  return same.find((listener) => listener.port === port) ?? same[0];
}
