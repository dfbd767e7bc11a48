/** Parts of tls.connect's options. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What a request must show. */
export interface Credentials {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/** How to reach one API server. */
export interface Connection {
  /** Base URL without a slash at its end. */
  readonly server: string;
  /** Where it comes from, for the log. */
  readonly origin: string;
  /** Reads files and asks credential programs anew. */
  read(): Promise<Credentials>;
}
