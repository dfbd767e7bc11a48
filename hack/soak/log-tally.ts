/** What clients do on purpose here. */
const explained = new Set(['client-abort']);

/** Counts what Loom says: failures in its access log by their code, and warnings and errors by what they say. */
export class LogTally {
  requests = 0;
  readonly failures: Record<string, number> = {};
  readonly messages: Record<string, number> = {};

  take(line: string): void {
    let said: Record<string, unknown>;
    try {
      said = JSON.parse(line) as Record<string, unknown>;
    } catch {
      this.#count(this.messages, `no JSON: ${line.slice(0, 200)}`);
      return;
    }
    const { level, error, detail, msg } = said;
    if (level === 'access') {
      this.requests++;
      if (typeof error === 'string' && !explained.has(error))
        this.#count(this.failures, `${error}: ${typeof detail === 'string' ? detail : ''}`);
    } else if (level === 'warn' || level === 'error' || level === 'fatal')
      this.#count(this.messages, String(msg));
  }

  #count(counts: Record<string, number>, what: string): void {
    counts[what] = (counts[what] ?? 0) + 1;
  }
}
