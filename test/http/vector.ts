/** One request as bytes, and what must become of it. RFC numbers name the rule. */
export interface Vector {
  readonly name: string;
  /** Latin-1. The runner sends a well-formed `GET /after` behind it. */
  readonly bytes: string;
  /** Statuses that are right for it. With 200 the request reaches the handler; else the connection closes and `/after` is never read. */
  readonly status: readonly number[];
  readonly seen?: {
    readonly method?: string;
    readonly authority?: string;
    readonly path?: string;
    readonly query?: string;
    readonly body?: string;
    /** Header names that must have come through. */
    readonly has?: readonly string[];
    readonly lacks?: readonly string[];
  };
}

export const ok = [200];
export const bad = [400];
/** The version is not ours to speak: 505, or 400 from a parser that knows no such version. */
export const version = [400, 505];
/** RFC 9112 section 6.1 says 501 for a coding one does not know; 400 is what its framing is worth. */
export const coding = [400, 501];

/** A GET with these lines after the request line, `Host` included only when given. */
export const get = (...lines: string[]): string => ['GET / HTTP/1.1', ...lines, '', ''].join('\r\n');
export const target = (text: string): string => `GET ${text} HTTP/1.1\r\nHost: a\r\n\r\n`;
export const post = (lines: readonly string[], body: string): string =>
  ['POST / HTTP/1.1', 'Host: a', ...lines, '', body].join('\r\n');
export const chunked = (body: string): string => post(['Transfer-Encoding: chunked'], body);
