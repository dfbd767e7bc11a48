import type { ProbeResult } from '../../balance/health-target.ts';
import { LoomError } from '../../errors.ts';
import type { HealthCheck, Upstream } from '../../model/upstream.ts';
import { isExhaustion } from '../failures.ts';
import { Transport } from '../transport.ts';
import { probeGrpc } from './grpc-probe.ts';
import { probeHttp1 } from './http1-probe.ts';
import { probeHttp2 } from './http2-probe.ts';
import { probeTcp } from './tcp-probe.ts';

/** Where one probe goes, and with what. */
export interface Site {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
  /** `host:port` of the endpoint. */
  readonly authority: string;
  readonly check: HealthCheck;
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
}

/** TLS contexts and sessions are kept as long as the settings of the upstream are. */
const transports = new WeakMap<object, Transport>();

/**
 * One active health check, in the protocol and with the TLS of the upstream, on a new connection, which also shows that the endpoint
 * still accepts some. Never rejects.
 */
export async function probe(
  upstream: Upstream,
  endpoint: { readonly address: string; readonly port: number; readonly authority: string },
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { healthCheck: check } = upstream;
  if (!check) return { success: true, result: 'no health check' };
  try {
    let transport = transports.get(upstream);
    if (!transport) transports.set(upstream, (transport = new Transport(upstream).announcing(undefined)));
    const port = check.port ?? endpoint.port;
    const { address, authority } = endpoint;
    return await send({ transport, host: address, port, authority, check, signal }, upstream);
  } catch (error) {
    if (signal.aborted) return { success: false, result: 'timeout' };
    const saysNothing = isExhaustion(error as Error) && { saysNothing: true };
    return { success: false, result: reasonOf(error), ...saysNothing };
  }
}

function send(site: Site, { protocol = 'Http' }: Upstream): Promise<ProbeResult> {
  if (site.check.type === 'Tcp') return probeTcp(site);
  if (site.check.type === 'Grpc') return probeGrpc(site);
  return protocol === 'Http' || protocol === 'Https' ? probeHttp1(site) : probeHttp2(site);
}

function reasonOf(error: unknown): string {
  if (error instanceof LoomError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
