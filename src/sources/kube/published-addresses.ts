import type { KubeObject } from '../../api/core.ts';
import { addressesOfService, joinAddresses, type Addresses } from './addresses.ts';
import type { Client, Query } from './client.ts';
import { followAside, type Aside } from './follow-aside.ts';
import { pathOf } from './kinds.ts';
import type { Sink } from './reflector.ts';

/** Which addresses the status of routes shows: those of the Service that clients connect to, or fixed ones. */
export type Publication =
  | { readonly service: { readonly namespace: string; readonly name: string } }
  | { readonly addresses: readonly string[] };

export interface PublishedAddressesParts extends Pick<Aside, 'client' | 'log' | 'timing'> {
  /** undefined: none are published. */
  readonly publication: Publication | undefined;
  /** Called when the addresses are others than before, or are known for the first time. */
  readonly changed: (addresses: Addresses) => void;
}

/**
 * The addresses of Loom for whoever makes DNS records. A Service has a watch of its own by its name: it need not be in a namespace
 * that Loom watches, and a Role can name it (`resourceNames`).
 */
export class PublishedAddresses {
  readonly #parts: PublishedAddressesParts;
  #addresses: Addresses | undefined;

  constructor(parts: PublishedAddressesParts) {
    this.#parts = parts;
  }

  /** undefined: not read yet. Empty: none, because there is no such Service, or nothing gave it one. */
  get addresses(): Addresses | undefined {
    return this.#addresses;
  }

  /** Until `signal` aborts, where there is a Service to follow; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { publication } = this.#parts;
    if (publication === undefined) return this.#set('');
    if ('addresses' in publication) return this.#set(joinAddresses(publication.addresses));
    await this.#follow(publication.service, signal);
  }

  async #follow(service: { readonly namespace: string; readonly name: string }, signal: AbortSignal) {
    const { client, timing, log } = this.#parts;
    const [path, query] = whereIs(service);
    const take = (object: KubeObject | undefined): void => {
      const addresses = object ? addressesOfService(object) : '';
      if (addresses === this.#addresses) return;
      if (object) log.info({ service, addresses }, 'publishes the addresses of the Service');
      else log.warn({ service }, 'there is no such Service; no addresses are published');
      this.#set(addresses);
    };
    const sink: Sink = {
      replace: ([object]) => take(object),
      apply: take,
      delete: () => take(undefined),
    };
    const failure = 'cannot read the Service whose addresses are published; routes keep theirs';
    await followAside({ client, path, query, log, timing, failure }, sink, signal);
  }

  #set(addresses: Addresses): void {
    this.#addresses = addresses;
    this.#parts.changed(addresses);
  }
}

/** The same, read once. */
export async function readAddresses(
  client: Pick<Client, 'list'>,
  publication: Publication | undefined,
  signal: AbortSignal,
): Promise<Addresses> {
  if (publication === undefined) return '';
  if ('addresses' in publication) return joinAddresses(publication.addresses);
  const { items } = await client.list(...whereIs(publication.service), signal);
  return items[0] ? addressesOfService(items[0]) : '';
}

/** Path and query of a collection that has that Service or nothing. */
const whereIs = (service: { readonly namespace: string; readonly name: string }): [string, Query] => [
  pathOf({ apiVersion: 'v1', plural: 'services' }, service.namespace),
  { fieldSelector: `metadata.name=${service.name}` },
];
