import { ok, problem, type Answer } from './responses.ts';
import type { AdminView } from './view.ts';

/** Query: `method`, `url`, `client`, and `header` once for each field, as `name: value`. */
export async function explainRequest(view: AdminView, _: string, query: URLSearchParams): Promise<Answer> {
  const url = query.get('url');
  if (url === null) return problem(400, 'bad-request', 'the query needs a url');
  const headers: [string, string][] = [];
  for (const line of query.getAll('header')) {
    const [, name, value] = /^([^:\s]+):[ \t]*(.*)$/.exec(line) ?? [];
    if (name === undefined) return problem(400, 'bad-request', `${JSON.stringify(line)} is no header`);
    headers.push([name, value ?? '']);
  }
  const method = query.get('method') ?? 'GET';
  const client = query.get('client') ?? '192.0.2.1';
  try {
    return ok(await view.explain({ method, url, headers, client }));
  } catch (error) {
    if (error instanceof TypeError) return problem(400, 'bad-request', error.message);
    throw error;
  }
}
