import type { Exchange } from '../../http/exchange.ts';
import type { ConsistentHash } from '../../model/upstream.ts';
import { TextPlace } from '../text-place.ts';
import { mix, murmur } from './murmur.ts';

type Parts = ConsistentHash['key'];

/** The key of a request as a number. An absent part is not the same as an empty one. */
export class RequestKey {
  /** Whether the last request had any of the parts. */
  present = false;
  readonly #parts: Parts;
  readonly #place = new TextPlace();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @returns a signed word. */
  hash(exchange: Exchange): number {
    this.present = false;
    let hash = 0;
    for (let i = 0; i < this.#parts.length; i++) {
      const { type, name = '' } = this.#parts[i] as Parts[number];
      if (!this.#find(type, name, exchange)) hash = mix(hash ^ 1);
      else {
        const { text, start, end } = this.#place;
        hash = murmur(text, start, end, hash);
        this.present = true;
      }
    }
    return hash;
  }

  #find(type: Parts[number]['type'], name: string, { request, client }: Exchange): boolean {
    switch (type) {
      case 'ClientIP':
        return this.#whole(client.address);
      case 'Header':
        return this.#whole(request.headers.get(name));
      case 'Path':
        return this.#whole(request.path);
      case 'Cookie':
        return this.#place.findCookie(request.headers, name);
      case 'Query':
        return this.#place.findParameter(request.query, name);
    }
  }

  #whole(text: string | undefined): boolean {
    if (text === undefined) return false;
    this.#place.text = text;
    this.#place.start = 0;
    this.#place.end = text.length;
    return true;
  }
}
