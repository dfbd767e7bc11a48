import pino from 'pino';
import type { Exchange } from '../http/exchange.ts';

/** Time that a line may wait in memory for others to be written with. */
const flushMs = 200;

export interface AccessLog {
  /** `status` 0: no response was sent. */
  write(exchange: Exchange, status: number): void;
  close(): void;
}

/** One JSON object per exchange on stdout, written in batches so that a line does not cost a system call. */
export function makeAccessLog(): AccessLog {
  const out = pino.destination({ fd: 1, sync: false, minLength: 8192, maxWrite: 65_536 });
  const timer = setInterval(() => out.flush(), flushMs);
  timer.unref();
  return {
    write: (exchange, status) => {
      out.write(`${JSON.stringify(toLine(exchange, status))}\n`);
    },
    close: () => {
      clearInterval(timer);
      out.flushSync();
    },
  };
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Field names are part of the interface, see docs/logs.md. */
export function toLine(exchange: Exchange, status: number): Record<string, unknown> {
  const { request } = exchange;
  return {
    level: 'access',
    time: new Date(exchange.receivedAt).toISOString(),
    requestId: exchange.id,
    client: exchange.client.address,
    listener: exchange.listener,
    protocol: `HTTP/${exchange.wire.version}`,
    method: exchange.original.method,
    host: exchange.original.authority,
    path: exchange.original.path,
    status,
    route: exchange.route || undefined,
    rule: exchange.rule || undefined,
    upstream: exchange.upstream || undefined,
    upstreamPath: request.path === exchange.original.path ? undefined : request.path,
    endpoint: exchange.endpoint || undefined,
    upstreamStatus: exchange.upstreamStatus || undefined,
    attempts: exchange.attempts || undefined,
    plugins: exchange.plugins,
    notes: exchange.notes,
    durationMs: rounded(performance.now() - exchange.startedAt),
    upstreamMs: exchange.upstreamMs >= 0 ? rounded(exchange.upstreamMs) : undefined,
    requestBytes: exchange.requestBytes,
    responseBytes: exchange.responseBytes,
    error: exchange.errorCode,
    detail: exchange.errorDetail || undefined,
    userAgent: request.headers.get('user-agent'),
  };
}
