import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../telemetry/log.ts';
import { adminEndpoints, type AdminEndpoint } from './endpoints.ts';
import { problem, type Answer } from './responses.ts';
import type { AdminView } from './view.ts';

interface AdminSettings {
  readonly host: string;
  readonly port: number;
  /** Path of the metrics; undefined when they are off. */
  readonly metricsPath: string | undefined;
}

/** The admin API on its own listener, answered by the control thread: it never stands in the way of a request. */
export class AdminServer {
  readonly #settings: AdminSettings;
  readonly #view: AdminView;
  readonly #log: Logger;
  readonly #endpoints: readonly AdminEndpoint[];
  readonly #server: Server;

  constructor(settings: AdminSettings, view: AdminView, log: Logger) {
    this.#settings = settings;
    this.#view = view;
    this.#log = log;
    const metrics: AdminEndpoint[] =
      settings.metricsPath === undefined ? [] : [metricsEndpoint(settings.metricsPath)];
    this.#endpoints = [...adminEndpoints, ...metrics];
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  /** Rejects with a reason for people when the address cannot be bound. */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#settings;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ host, port }, resolve);
    await promise.catch((error: NodeJS.ErrnoException) => {
      throw new Error(`the admin API cannot listen on ${host}:${port}: ${error.code ?? error.message}`);
    });
    return this.#server.address() as AddressInfo;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      this.#log.error({ err: error, url: request.url }, 'admin request failed');
      answer = problem(500, 'internal', 'an unexpected failure; the log has the details');
    }
    const text =
      typeof answer.body === 'string' ? answer.body : `${JSON.stringify(answer.body, undefined, 2)}\n`;
    response.writeHead(answer.status, {
      'content-type': answer.contentType ?? 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...answer.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const [raw = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
    let path: string;
    try {
      path = decodeURIComponent(raw);
    } catch {
      return problem(400, 'bad-request', 'the path has a malformed escape');
    }
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const there = this.#endpoints.filter((endpoint) => matches(endpoint.path, path));
    const endpoint = there.find((candidate) => candidate.method === method);
    if (endpoint) return endpoint.answer(this.#view, nameIn(endpoint.path, path), new URLSearchParams(query));
    if (there.length === 0) return problem(404, 'not-found', `there is nothing at ${path}`);
    const allow = there.map((candidate) => candidate.method).join(', ');
    return { ...problem(405, 'method-not-allowed', `${path} takes ${allow}`), headers: { allow } };
  }
}

function metricsEndpoint(path: string): AdminEndpoint {
  return {
    method: 'GET',
    path,
    answer: async (view) => {
      const { contentType, text } = await view.metrics();
      return { status: 200, body: text, contentType };
    },
  };
}

function matches(pattern: string, path: string): boolean {
  if (!pattern.endsWith('/*')) return path === pattern;
  const prefix = pattern.slice(0, -1);
  return path.length > prefix.length && path.startsWith(prefix);
}

const nameIn = (pattern: string, path: string): string =>
  pattern.endsWith('/*') ? path.slice(pattern.length - 1) : '';
