import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { bytes, integer, message, messages, readMessage, text, type Message } from './protobuf.ts';

type Value = string | boolean | number | undefined;

/** A span as it arrived (opentelemetry-proto, trace/v1/trace.proto). */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'other';
  /** Nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly failed: boolean;
  readonly message: string;
  readonly resource: Readonly<Record<string, Value>>;
  readonly scope: string;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly port: number;
  readonly spans: readonly ReceivedSpan[];
  /** Heads of the requests so far. */
  readonly requests: readonly { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** What it answers; 0: nothing at all. */
  status: number;
  close(): Promise<void>;
}

/** A collector for traces, over real sockets: takes POST /v1/traces with protobuf, and refuses what it cannot read with 400. */
export async function startOtlpReceiver({
  port = 0,
  tls,
}: {
  readonly port?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
} = {}): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: { url: string; headers: IncomingHttpHeaders }[] = [];
  const handle: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { url = '', headers } = request;
      requests.push({ url, headers });
      if (receiver.status === 0) return;
      if (receiver.status !== 200) {
        response.writeHead(receiver.status).end();
        return;
      }
      try {
        if (headers['content-type'] !== 'application/x-protobuf') throw new Error('not protobuf');
        spans.push(...readTraces(Buffer.concat(pieces)));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      } catch (error) {
        response.writeHead(400).end(String(error));
      }
    });
  };
  const server = tls ? createSecureServer(tls, handle) : createServer(handle);
  // Exporters keep their connections: none is to end just when spans come.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  const receiver = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${bound}`,
    port: bound,
    spans,
    requests,
    status: 200,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return receiver;
}

/** An ExportTraceServiceRequest (collector/trace/v1/trace_service.proto). */
function readTraces(body: Buffer): ReceivedSpan[] {
  return messages(readMessage(body), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(message(resourceSpans, 1), 1);
    return messages(resourceSpans, 2).flatMap((scopeSpans) => {
      const scope = text(message(scopeSpans, 1), 1);
      return messages(scopeSpans, 2).map((span) => toSpan(span, resource, scope));
    });
  });
}

const kinds = ['other', 'internal', 'server', 'client'] as const;

function toSpan(span: Message, resource: ReceivedSpan['resource'], scope: string): ReceivedSpan {
  const status = message(span, 15);
  return {
    traceId: bytes(span, 1).toString('hex'),
    spanId: bytes(span, 2).toString('hex'),
    parentSpanId: bytes(span, 4).toString('hex'),
    name: text(span, 5),
    kind: kinds[Number(integer(span, 6))] ?? 'other',
    start: integer(span, 7),
    end: integer(span, 8),
    attributes: attributesOf(span, 9),
    failed: integer(status, 3) === 2n,
    message: text(status, 2),
    resource,
    scope,
  };
}

const attributesOf = (of: Message, field: number): Record<string, Value> =>
  Object.fromEntries(messages(of, field).map((pair) => [text(pair, 1), toValue(message(pair, 2))]));

/** An AnyValue (common/v1/common.proto), of the kinds that attributes of Loom have. */
function toValue(any: Message): Value {
  if (any.has(1)) return text(any, 1);
  if (any.has(2)) return integer(any, 2) === 1n;
  if (any.has(3)) return Number(BigInt.asIntN(64, integer(any, 3)));
  return undefined;
}
