import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { KubeObject } from '../../src/api/core.ts';

/** What a test sees of one request. */
export interface KubeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly isWatch: boolean;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** In place of the right answer: another one, none at all, or a reset connection. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | 'silence'
  | 'reset';

interface Stored {
  readonly collection: string;
  readonly object: KubeObject;
}

interface Change extends Stored {
  readonly version: number;
  readonly type: string;
}

interface OpenWatch {
  readonly request: KubeRequest;
  readonly response: ServerResponse;
}

/**
 * The part of a Kubernetes API server that Loom uses, over real sockets on 127.0.0.1: list in pages, watch from a version, create,
 * update with optimistic lock, apply and merge, status. Misbehaves when `fault` says so.
 */
export class KubeServer {
  /** Asked for each request; undefined: the right answer. */
  fault: (request: KubeRequest) => Fault | undefined = () => undefined;
  /** Pages are at most so long, whatever the client asks for. */
  pageSize = 500;
  readonly requests: KubeRequest[] = [];
  readonly #objects = new Map<string, Stored>();
  readonly #watches = new Set<OpenWatch>();
  #changes: Change[] = [];
  #version = 100;
  #forgotten = 0;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get watches(): readonly KubeRequest[] {
    return [...this.#watches].map(({ request }) => request);
  }

  get lists(): readonly KubeRequest[] {
    return this.requests.filter(
      ({ method, isWatch, path }) => method === 'GET' && !isWatch && !path.includes('/leases'),
    );
  }

  get watchRequests(): readonly KubeRequest[] {
    return this.requests.filter(({ isWatch }) => isWatch);
  }

  /** On the same port as before, if there was one. */
  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve),
    );
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Cuts all connections, as a killed process does. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    this.#watches.clear();
    await closed;
  }

  /** Creates or replaces an object of a collection such as `/api/v1/services`. */
  put(collection: string, object: object): KubeObject {
    return this.#put(collection, object as KubeObject);
  }

  object(collection: string, key: string): (KubeObject & Record<string, unknown>) | undefined {
    return this.#objects.get(`${collection} ${key}`)?.object as KubeObject & Record<string, unknown>;
  }

  delete(collection: string, key: string): void {
    const stored = this.#objects.get(`${collection} ${key}`);
    if (!stored) throw new Error(`no ${collection} ${key}`);
    this.#objects.delete(`${collection} ${key}`);
    const version = ++this.#version;
    const metadata = { ...stored.object.metadata, resourceVersion: String(version) };
    this.#change({ ...stored, object: { ...stored.object, metadata }, version, type: 'DELETED' });
  }

  /** Forgets all changes so far: a watch from before gets 410. */
  compact(): void {
    this.#forgotten = ++this.#version;
    this.#changes = [];
  }

  /** Writes bytes as they are into every open watch. */
  write(text: string | Buffer): void {
    for (const { response } of this.#watches) response.write(text);
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(++this.#version) };
    this.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`);
  }

  endWatches(): void {
    for (const { response } of this.#watches) response.end();
  }

  resetWatches(): void {
    for (const { response } of this.#watches) response.socket?.resetAndDestroy();
  }

  #put(collection: string, object: KubeObject): KubeObject {
    const { namespace = '', name, generation = 1, uid } = object.metadata;
    const key = `${collection} ${namespace}/${name}`;
    const type = this.#objects.has(key) ? 'MODIFIED' : 'ADDED';
    const version = ++this.#version;
    const metadata = {
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...object.metadata,
      generation,
      uid: uid ?? `uid-${name}`,
      resourceVersion: String(version),
      managedFields: [{ manager: 'test' }],
    };
    const stored = { collection, object: { ...object, metadata } };
    this.#objects.set(key, stored);
    this.#change({ ...stored, version, type });
    return stored.object;
  }

  #change(change: Change): void {
    this.#changes.push(change);
    for (const { request, response } of this.#watches)
      if (isIn(request, change)) response.write(toLine(change));
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', this.url);
    const query = Object.fromEntries(url.searchParams);
    const request: KubeRequest = {
      method: incoming.method ?? '',
      path: url.pathname,
      query,
      isWatch: query['watch'] === 'true',
      headers: incoming.headers,
      body: incoming.method === 'GET' ? undefined : await json(incoming),
    };
    this.requests.push(request);
    const fault = this.fault(request);
    if (fault === 'silence') return;
    if (fault === 'reset') return void incoming.socket.resetAndDestroy();
    if (fault) return send(response, fault.status, fault.body ?? {}, fault.headers);
    if (request.isWatch) return this.#watch(request, response);
    if (request.method === 'GET' && !nameOf(request.path)) return this.#list(request, response);
    this.#single(request, response);
  }

  #watch(request: KubeRequest, response: ServerResponse): void {
    const from = Number(request.query['resourceVersion']);
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (from < this.#forgotten) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      return void response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    }
    const open = { request, response };
    this.#watches.add(open);
    response.once('close', () => this.#watches.delete(open));
    for (const change of this.#changes)
      if (change.version > from && isIn(request, change)) response.write(toLine(change));
  }

  #list(request: KubeRequest, response: ServerResponse): void {
    const all = [...this.#objects.values()].filter((stored) => isIn(request, stored));
    const limit = Math.min(this.pageSize, Number(request.query['limit'] ?? Infinity));
    const from = Number(request.query['continue'] ?? 0);
    const end = request.query['limit'] === undefined ? all.length : from + limit;
    const more = end < all.length ? { continue: String(end) } : {};
    const items = all.slice(from, end).map(({ object }) => object);
    send(response, 200, { metadata: { resourceVersion: String(this.#version), ...more }, items });
  }

  #single(request: KubeRequest, response: ServerResponse): void {
    const { method, path, body } = request;
    const posted = body as KubeObject;
    const key = method === 'POST' ? `/${posted.metadata.name}` : `/${nameOf(path)}`;
    const found = this.#objects.get(`${collectionOf(path)} ${namespaceOf(path)}${key}`)?.object;
    const refuse = (status: number, reason: string): void =>
      send(response, status, { kind: 'Status', code: status, reason, message: `${reason}: ${path}` });
    if (method === 'POST' ? found : !found)
      return found ? refuse(409, 'AlreadyExists') : refuse(404, 'NotFound');
    if (method === 'GET') return send(response, 200, found);
    const { resourceVersion, uid } = posted.metadata ?? {};
    if (method === 'PUT' && resourceVersion !== found?.metadata.resourceVersion)
      return refuse(409, 'Conflict');
    if (method === 'PATCH' && uid !== undefined && uid !== found?.metadata.uid)
      return refuse(409, 'Conflict');
    const merged = method === 'PATCH' ? { ...found, ...posted, metadata: found?.metadata } : posted;
    send(response, 200, this.#put(collectionOf(path), merged as KubeObject));
  }
}

const pathShape =
  /^(\/apis?\/(?:[^/]+\.[^/]+\/)?v[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/status)?$/;

function parts(path: string): readonly (string | undefined)[] {
  return pathShape.exec(path) ?? [];
}
const collectionOf = (path: string): string => `${parts(path)[1]}/${parts(path)[3]}`;
const namespaceOf = (path: string): string => parts(path)[2] ?? '';
const nameOf = (path: string): string | undefined => parts(path)[4];

function isIn({ path, query }: KubeRequest, { collection, object }: Stored): boolean {
  const { namespace = '', name, labels } = object.metadata;
  if (collectionOf(path) !== collection) return false;
  if (namespaceOf(path) && namespaceOf(path) !== namespace) return false;
  const field = query['fieldSelector'];
  if (field !== undefined && field !== `metadata.name=${name}`) return false;
  const [label, value] = query['labelSelector']?.split('=') ?? [];
  return label === undefined || labels?.[label] === value;
}

function toLine({ type, object }: { readonly type: string; readonly object: KubeObject }): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** What a kubeconfig of that server says. */
export const kubeconfigOf = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: {} }],
  });
