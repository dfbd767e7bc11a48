/** An answer of the admin API: JSON, or text as it is. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}

/** Every error has this shape; `code` is for programs, `message` for people. */
export function problem(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}
