import { randomBytes } from 'node:crypto';
import { CertificateStore } from '../../src/http/certificates.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import type { QuicShare } from '../../src/http/http3/quic-share.ts';
import type { HttpListener } from '../../src/http/listener.ts';
import { TicketKeys } from '../../src/http/ticket-keys.ts';
import type { Limits } from '../../src/model/settings.ts';
import { answer, startListener } from '../http/world.ts';
import { makeTlsPair } from '../support/tls-pair.ts';

/** What `/big` is. */
export const big = Buffer.alloc(10 << 20, 'y');

/** What its clients do to it. */
export interface Site {
  readonly listener: HttpListener;
  readonly port: number;
  readonly certificates: CertificateStore;
  /** Its own, PEM. */
  readonly certificate: string;
  /** Exchanges that have asked for `/silent`. */
  readonly silent: Exchange[];
  /** Exchanges whose clients went before the answer. */
  readonly aborted: Exchange[];
  /** Failures of this program, and clients that were ended, by reason. */
  readonly failures: unknown[];
  readonly ended: string[];
  close(): void;
}

/**
 * A listener with HTTP/3 in this process: `/big` is 10 MB, `/silent` never answers, `/echo` gives back what comes as it comes, everything
 * else says how many bytes came.
 */
export async function startSite(
  tuning: Pick<QuicShare, 'retryFrom' | 'updateKeysAfter'> & {
    readonly secret?: Buffer;
    readonly limits?: Partial<Limits>;
  } = {},
): Promise<Site> {
  const { limits, secret = randomBytes(32), ...rest } = tuning;
  const certificates = new CertificateStore();
  const pair = makeTlsPair();
  certificates.set([{ id: 'own', hosts: [], ...pair }]);
  const silent: Exchange[] = [];
  const aborted: Exchange[] = [];
  const failures: unknown[] = [];
  const ended: string[] = [];
  const { listener, port } = await startListener((exchange) => serve(exchange, silent, aborted), {
    protocol: 'https',
    certificates,
    ticketKeys: new TicketKeys(),
    limits: { clientIdleMs: 60_000, keepAliveMs: 60_000, headerTimeoutMs: 20_000, ...limits },
    quic: { worker: 0, workers: 1, secret, ...rest },
    abused: (_listener, abuse, detail) => void ended.push(`${abuse} ${detail}`),
    failed: (_listener, error) => void failures.push(error),
  });
  const told = { silent, aborted, failures, ended };
  return { listener, port, certificates, certificate: pair.cert, ...told, close: () => listener.destroy() };
}

function serve(exchange: Exchange, silent: Exchange[], aborted: Exchange[]): void {
  exchange.onAbort(() => void aborted.push(exchange));
  const { request, requestBody: body, wire } = exchange;
  if (exchange.refusal) return answer(exchange);
  if (request.path === '/silent') return void silent.push(exchange);
  if (request.path === '/big') {
    const headers = new HeaderList(['content-length', String(big.length)]);
    return wire.respond({ status: 200, headers }, big, () => undefined);
  }
  if (!body) return answer(exchange, '0');
  if (request.path === '/echo')
    return wire.respond({ status: 200, headers: new HeaderList() }, body, () => undefined);
  let bytes = 0;
  body.start({
    data: (piece) => {
      bytes += piece.length;
      return true;
    },
    end: (trailers) => answer(exchange, `${bytes}${trailers ? ` ${trailers.flat.join(' ')}` : ''}`),
    fail: () => undefined,
  });
}
