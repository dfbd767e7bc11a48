const hidden = '***';

/** What must not stand in a log. Made once. */
export class Redaction {
  readonly #headers: ReadonlySet<string>;
  readonly #parameters: ReadonlySet<string>;

  /** Names in lower case. */
  constructor(headers: readonly string[], parameters: readonly string[]) {
    this.#headers = new Set(headers);
    this.#parameters = new Set(parameters);
  }

  /** What makes the value of a header fit to be shown; undefined where it is as it is. The name is in lower case. */
  ofHeader(name: string): ((value: string) => string) | undefined {
    if (this.#headers.has(name)) return () => hidden;
    // Their values are URLs: the query of one request is in the referer of the next.
    if (name === 'referer' || name === 'location' || name === 'content-location')
      return (value) => this.url(value);
    return undefined;
  }

  /** A query without its `?`. Values of the named parameters are hidden, however their names are escaped. */
  query(query: string): string {
    if (query === '' || this.#parameters.size === 0) return query;
    return query
      .split('&')
      .map((pair) => {
        const at = pair.indexOf('=');
        return at >= 0 && this.#parameters.has(decoded(pair.slice(0, at)).toLowerCase())
          ? `${pair.slice(0, at)}=${hidden}`
          : pair;
      })
      .join('&');
  }

  /** The same for the query and the fragment of a URL, in which OAuth has its tokens. */
  url(url: string): string {
    const [, path = '', query, fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url) ?? [];
    return `${path}${query === undefined ? '' : `?${this.query(query)}`}${fragment === undefined ? '' : `#${this.query(fragment)}`}`;
  }
}

function decoded(name: string): string {
  if (!name.includes('%') && !name.includes('+')) return name;
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
