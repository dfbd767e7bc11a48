import { mapType, streamType } from '../abi/enums.ts';
import type { BodyFilter } from './body-filter.ts';
import type { StreamContext } from './context.ts';
import { parsePointer, removeAt, setAt, valueAt } from './json-pointer.ts';
import type { HeaderMap } from './message-headers.ts';

/** Members of a message that are pseudo headers in Proxy-Wasm. */
const pseudo: Readonly<Record<string, string>> = {
  method: ':method',
  path: ':path',
  authority: ':authority',
  scheme: ':scheme',
  status: ':status',
};

/**
 * The message of the callback that runs as one JSON value, whole or by JSON Pointer: `method`, `path`, `authority`, `scheme`
 * or `status`, `headers` (name → value, or a list of values), and in body callbacks `body`: JSON as such, other text as text.
 * Shows and changes what the plugin is granted and nothing else, whichever way it asks.
 */
export class MessageView {
  readonly #headers: HeaderMap;
  /** The head has not gone on yet. */
  readonly #open: boolean;
  readonly #body: BodyFilter | undefined;
  readonly #request: boolean;

  /** Undefined outside of the callbacks of a message. */
  static of(stream: StreamContext): MessageView | undefined {
    const request = stream.calling === streamType.request;
    if (!request && stream.calling !== streamType.response) return undefined;
    const headers = request ? stream.request : stream.response;
    return headers && new MessageView(stream, headers, request);
  }

  private constructor(stream: StreamContext, headers: HeaderMap, request: boolean) {
    this.#headers = headers;
    this.#request = request;
    this.#open = stream.writable === (request ? mapType.requestHeaders : mapType.responseHeaders);
    const body = request ? stream.requestBody : stream.responseBody;
    this.#body = body?.open ? body : undefined;
  }

  /** Everything, as JSON text. */
  read(): string {
    const message: Record<string, unknown> = {};
    for (const [name, header] of Object.entries(pseudo)) {
      const value = this.#headers.get(header);
      if (value !== undefined) message[name] = name === 'status' ? Number(value) : value;
    }
    message['headers'] = this.#readHeaders();
    if (this.#body) message['body'] = this.#readBody();
    return JSON.stringify(message);
  }

  /** Makes the message what the JSON text says; members that it leaves out stay as they are. False when it is no message. */
  write(text: string): boolean {
    const message = parse(text);
    if (!isObject(message)) return false;
    if (this.#open) {
      for (const [name, header] of Object.entries(pseudo)) {
        const value = message[name];
        if (value !== undefined && textOf(value) !== this.#headers.get(header) && this.#hasPseudo(name))
          this.#headers.replace(header, textOf(value));
      }
      if (isObject(message['headers'])) this.#writeHeaders(message['headers']);
    }
    if (this.#body && 'body' in message) this.#writeBody(this.#body, message['body'], text.length);
    return true;
  }

  /** One value, as JSON text; undefined when there is none. */
  readField(pointer: string): string | undefined {
    const [first, ...rest] = parsePointer(pointer) ?? [];
    if (first === 'body') return this.#body && stringify(valueAt(this.#readBody(), rest));
    if (first === 'headers' && rest.length === 1) return stringify(this.#readHeader(lower(rest[0] ?? '')));
    if (first === 'headers') return stringify(valueAt(this.#readHeaders(), rest.map(lower)));
    const known = first !== undefined && rest.length === 0 && Object.hasOwn(pseudo, first);
    const header = known ? pseudo[first] : undefined;
    const value = header && this.#headers.get(header);
    return value === undefined ? undefined : stringify(first === 'status' ? Number(value) : value);
  }

  /** False when there is no such place, or the value is not JSON, or it is too late to change it. */
  writeField(pointer: string, json: string): boolean {
    const [first, ...rest] = parsePointer(pointer) ?? [];
    const value = parse(json);
    if (first === undefined || value === undefined) return false;
    if (first === 'body')
      return this.#body !== undefined && this.#editBody(this.#body, rest, value, json.length);
    if (!this.#open) return false;
    const [name] = rest;
    if (first === 'headers' && name !== undefined && rest.length === 1) this.#setHeader(lower(name), value);
    else if (this.#hasPseudo(first) && rest.length === 0)
      this.#headers.replace(pseudo[first] as string, textOf(value));
    else return false;
    return true;
  }

  removeField(pointer: string): boolean {
    const [first, ...rest] = parsePointer(pointer) ?? [];
    const [name] = rest;
    if (first === 'headers' && name !== undefined && rest.length === 1 && this.#open) {
      this.#headers.remove(lower(name));
      return true;
    }
    if (first !== 'body' || rest.length === 0 || !this.#body) return false;
    const document = this.#readBody();
    if (!removeAt(document, rest)) return false;
    this.#body.buffer.writeJson(document, 0);
    return true;
  }

  #hasPseudo(name: string): boolean {
    return Object.hasOwn(pseudo, name) && (name === 'status') !== this.#request;
  }

  /** The same as `headers` has, without making all of them. */
  #readHeader(name: string): string | string[] | undefined {
    const value = this.#headers.get(name);
    if (value === undefined || name.startsWith(':') || name === 'host') return undefined;
    const flat = this.#headers.pairs();
    const all = flat.filter((_, i) => i % 2 === 1 && flat[i - 1] === name);
    return all.length > 1 ? all : value;
  }

  #readHeaders(): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    const flat = this.#headers.pairs();
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string;
      const value = flat[i + 1] as string;
      if (name.startsWith(':')) continue;
      const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
      headers[name] = before === undefined ? value : [before, value].flat();
    }
    return headers;
  }

  #writeHeaders(wanted: Record<string, unknown>): void {
    const present = this.#readHeaders();
    for (const name of Object.keys(present)) if (!Object.hasOwn(wanted, name)) this.#headers.remove(name);
    for (const [name, value] of Object.entries(wanted)) {
      if (JSON.stringify(present[name]) !== JSON.stringify(value)) this.#setHeader(lower(name), value);
    }
  }

  #setHeader(name: string, value: unknown): void {
    const [first, ...more] = [value].flat().map(textOf);
    if (first === undefined) this.#headers.remove(name);
    else this.#headers.replace(name, first);
    for (const another of more) this.#headers.add(name, another);
  }

  /** JSON where the content type says so and it is, else text. */
  #readBody(): unknown {
    const { buffer } = this.#body as BodyFilter;
    if (this.#headers.get('content-type')?.toLowerCase().includes('json')) {
      try {
        return buffer.readJson();
      } catch {
        // Text then: the plugin may know what to do with it.
      }
    }
    return buffer.slice(0, buffer.length).utf8Slice();
  }

  /** `bytes` long as the plugin gave it. */
  #writeBody(body: BodyFilter, value: unknown, bytes: number): void {
    const text = typeof value === 'string' && typeof this.#readBody() === 'string';
    if (text) return body.splice(0, body.buffer.length, Buffer.from(value));
    // What was written before is gone with it.
    body.buffer.writtenBytes = 0;
    if (body.admitsJson(bytes)) body.buffer.writeJson(value, bytes);
  }

  #editBody(body: BodyFilter, parts: readonly string[], value: unknown, bytes: number): boolean {
    if (parts.length === 0) {
      this.#writeBody(body, value, bytes);
      return true;
    }
    if (!body.admitsJson(bytes)) return true;
    const document = this.#readBody();
    if (!setAt(document, parts, value)) return false;
    body.buffer.writeJson(document, bytes);
    return true;
  }
}

const lower = (text: string): string => text.toLowerCase();

const stringify = (value: unknown): string | undefined => JSON.stringify(value);

/** A header value: numbers and the like as JSON writes them. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined for what is not JSON, which no JSON is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
