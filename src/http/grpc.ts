import type { HeaderList } from './headers.ts';

/** A request or response of gRPC (not of gRPC-Web, which has its trailers in the body). */
export function isGrpc(headers: HeaderList): boolean {
  const type = headers.get('content-type');
  return type !== undefined && /^application\/grpc(?:$|[+;])/.test(type);
}

/** What Loom's own answers are to a client of gRPC; the others are UNKNOWN (gRPC core, "HTTP to gRPC Status Code Mapping"). */
const byHttp: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  413: 8,
  429: 14,
  499: 1,
  502: 14,
  503: 14,
  504: 4,
};
export const grpcStatusOf = (status: number): number => byHttp[status] ?? 2;

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** `grpc-timeout` in milliseconds ("gRPC over HTTP2", Requests); undefined where there is none, or none that can be read. */
export function grpcTimeoutMs(headers: HeaderList): number | undefined {
  const [, digits, unit = ''] = /^([0-9]{1,8})([HMSmun])$/.exec(headers.get('grpc-timeout') ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits) * (unitMs[unit] as number);
}

/** A `grpc-message`: what is not printable ASCII, and the percent sign, as escapes of its UTF-8. */
export const grpcMessage = (text: string): string =>
  text.replaceAll(/[^ -$&-~]+/g, (part) => encodeURIComponent(part));
