import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import type { Pod } from './spec.ts';

export interface ApiObject {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly resourceVersion: string;
  };
}

/** The API server, with a client certificate; as little as it takes to be a kubelet. */
export class Api {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(port: number, files: { readonly ca: string; readonly cert: string; readonly key: string }) {
    this.#server = `https://127.0.0.1:${port}`;
    const [ca, cert, key] = [files.ca, files.cert, files.key].map((file) => readFileSync(file));
    this.#agent = new Agent({ connect: { ca, cert, key }, bodyTimeout: 0 });
  }

  /** @returns the answer; undefined for 404 and 409. Throws for other errors. */
  async call<T = ApiObject>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<T | undefined> {
    const type = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
    const answer = await request(this.#server + path, {
      method,
      dispatcher: this.#agent,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': type } }),
    });
    const text = await answer.body.text();
    if (answer.statusCode === 404 || answer.statusCode === 409) return undefined;
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Tells of the pods that there are, and then of every change, until `signal` aborts. A deleted one is `gone`. */
  async followPods(tell: (pod: Pod, gone: boolean) => void, signal: AbortSignal): Promise<void> {
    const path = '/api/v1/pods';
    const list = await this.call<{ metadata: { resourceVersion: string }; items: Pod[] }>('GET', path);
    for (const item of list?.items ?? []) tell(item, false);
    const query = `watch=true&resourceVersion=${list?.metadata.resourceVersion}`;
    const answer = await request(`${this.#server}${path}?${query}`, {
      dispatcher: this.#agent,
      signal,
      headersTimeout: 0,
    });
    for await (const line of createInterface({ input: answer.body })) {
      const { type, object }: { type: string; object: Pod } = JSON.parse(line);
      if (type === 'ERROR') throw new Error(`watch of ${path}: ${line}`);
      tell(object, type === 'DELETED');
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
