/** What a line of the access log may say, in the order of its JSON; the words are part of the interface, see docs/logs.md. */
export const accessLogFields = [
  'time',
  'requestId',
  'traceId',
  'client',
  'clientPort',
  'listener',
  'protocol',
  'scheme',
  'method',
  'host',
  'path',
  'query',
  'target',
  'status',
  'route',
  'rule',
  'upstream',
  'upstreamPath',
  'endpoint',
  'upstreamStatus',
  'attempts',
  'plugins',
  'notes',
  'durationMs',
  'upstreamMs',
  'requestBytes',
  'responseBytes',
  'error',
  'detail',
  'userAgent',
  'timeCommon',
] as const;
export type AccessLogField = (typeof accessLogFields)[number];

/** Those that a line of JSON has only where they are asked for: a query may hold secrets, the others say what is said already. */
const onRequest: ReadonlySet<AccessLogField> = new Set([
  'clientPort',
  'scheme',
  'query',
  'target',
  'timeCommon',
]);
export const usualFields: readonly AccessLogField[] = accessLogFields.filter((name) => !onRequest.has(name));

/** The names that templates have elsewhere, see model/template.ts, for the fields of the same meaning. */
export const fieldAliases: Readonly<Record<string, AccessLogField>> = {
  'client.address': 'client',
  'request.host': 'host',
  'request.id': 'requestId',
  'request.method': 'method',
  'request.path': 'path',
  'request.query': 'query',
  'request.scheme': 'scheme',
  'response.status': 'status',
  'error.code': 'error',
};

const common = '${client} - - [${timeCommon}] "${method} ${target} ${protocol}" ${status} ${responseBytes}';
/** The formats of Apache and nginx that have a name. */
export const textFormats: Readonly<Record<string, string>> = {
  common,
  combined: `${common} "\${header.referer}" "\${header.user-agent}"`,
};

export interface AccessLogSettings {
  /** `stdout`, `stderr`, or the absolute path of a file. */
  readonly output: string;
  /** Of lines of text; undefined: lines are JSON. */
  readonly template: string | undefined;
  /** Of JSON. */
  readonly fields: readonly AccessLogField[];
  /** Of JSON; names in lower case. */
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  /** Percent of the answers that are logged, by the first digit of their status. Failures of servers are always. */
  readonly sampling: { readonly 2: number; readonly 3: number; readonly 4: number };
  /** Names in lower case, of headers and of parameters of queries, whose values are not shown. */
  readonly redact: { readonly headers: readonly string[]; readonly query: readonly string[] };
  /** Characters of each worker that may wait to be written. */
  readonly bufferSize: number;
}
