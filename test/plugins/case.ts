/** One plugin of a chain. */
export interface Use {
  /** Name of a module, as `pluginModules` has it, or `probe`. */
  readonly module: string;
  readonly config?: string;
  readonly rootId?: string;
  /** A headers callback that pauses holds the headers only. */
  readonly headersStopIteration?: boolean;
}

/** Bytes to send, in Latin-1; those with `after` wait until a line of the proxy's plugins has that text. */
export type Piece = string | { readonly after: string; readonly send: string };

/** What a server of the test answers. */
export interface Answer {
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  /** Default: the request as JSON. Several pieces are sent chunked, one is sent with its length. */
  readonly body?: readonly Piece[];
  readonly trailers?: readonly (readonly [string, string])[];
  /** Ends the connection instead of an answer, or in the middle of the body. */
  readonly breaks?: true;
  /** Never answers. */
  readonly silent?: true;
}

/** One exchange that both proxies must treat alike. */
export interface Case {
  readonly name: string;
  readonly chain: readonly Use[];
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** One piece is sent with its length, several are sent chunked. */
  readonly body?: readonly Piece[];
  readonly trailers?: readonly (readonly [string, string])[];
  /** Requests one after the other, where state is what matters. Default 1. */
  readonly times?: number;
  readonly answer?: Answer;
  /** What the server answers that plugins call. Default 200 `granted` with `x-user: ann`. */
  readonly called?: Answer;
  /** What plugins say last, where that is not the end of the exchange. */
  readonly until?: string;
  /** The status that both shall answer with, so that an equal failure is not taken for agreement; 0 for no answer. */
  readonly status: number;
  /** Text that Envoy's answer, or what its plugins said, must have, for the same reason. */
  readonly shows?: string;
  /** What plugins said is not compared: it has sizes or orders that depend on the network. */
  readonly quiet?: true;
  /** What of the response's body is not compared, since it tells the time; a global expression. */
  readonly varies?: RegExp;
  /** Why Loom answers otherwise, and how: the row of docs/proxy-wasm.md, and what Loom's side must have. */
  readonly differs?: { readonly why: string; readonly status?: number; readonly shows?: string };
}

/** The probe, told what to do. */
export const probe = (...lines: readonly string[]): Use => ({ module: 'probe', config: lines.join('\n') });
