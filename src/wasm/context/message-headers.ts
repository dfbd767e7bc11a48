import { connectionFields } from '../../http/connection-fields.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { HeaderList } from '../../http/headers.ts';
import { maxBytes } from '../abi/header-map.ts';

/** RFC 9110 section 5.6.2, lower case as all names here. */
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const method = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5: what may stand in a field value. A line break here would be another field on the wire. */
const value = /^[\t\x20-\x7e\x80-\xff]*$/;
const target = /^\/[\x21-\x7e\x80-\xff]*$/;
const host = /^[\x21-\x7e]+$/;

/**
 * Fields that frame the message or belong to one connection (RFC 9110 section 7.6.1). The proxy writes them itself: what a
 * plugin says about them is dropped, because two opinions about a length are a request-smuggling hole.
 */
const framing: ReadonlySet<string> = new Set([...connectionFields, 'content-length', 'te']);

/** What a field takes beside its text, as HTTP/2 counts it (RFC 9113 section 6.5.2): empty ones are not free. */
const fieldBytes = 32;

/** True when a field may go on the wire as it is. */
export const legalField = (name: string, text: string): boolean => token.test(name) && legalValue(text);

/** Most values are shorter than what it takes to begin with an expression. */
function legalValue(text: string): boolean {
  if (text.length > 32) return value.test(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && code !== 9) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

type NameKind = 'field' | 'framing' | 'illegal';

/** What names are, of those seen: plugins write the same few. One that makes names up is as slow as without. */
const kinds = new Map<string, NameKind>();
const mostKinds = 1024;

function kindOf(name: string): NameKind {
  const known = kinds.get(name);
  if (known) return known;
  const kind = framing.has(name) ? 'framing' : token.test(name) ? 'field' : 'illegal';
  if (name.length <= 64 && kinds.size < mostKinds) kinds.set(name, kind);
  return kind;
}
export const framesMessage = (name: string): boolean => framing.has(name);

/** A header map of the ABI. Names come in lower case, lists are flat: [name, value, …], pseudo headers first. */
export interface HeaderMap {
  /** Why the message cannot be sent as it is now. */
  readonly problem: string | undefined;
  /** Number of entries. */
  readonly size: number;
  /** Bytes of all names and values. */
  readonly byteLength: number;
  /** The first value of that name. */
  get(name: string): string | undefined;
  add(name: string, text: string): void;
  /** Leaves one entry of that name. */
  replace(name: string, text: string): void;
  remove(name: string): void;
  pairs(): string[];
  /** Replaces everything; names in any case. */
  setPairs(flat: readonly string[]): void;
}

/**
 * A message head as Proxy-Wasm shows it: pseudo headers first, then the fields. Names come in lower case. What cannot be
 * sent (an illegal name or value, a missing `:path`, more than `maxBytes`) leaves a `problem` and the call still succeeds,
 * because the Rust SDK ends the whole VM on any other answer and one client could then end the plugin for all; the exchange
 * fails instead.
 */
export abstract class MessageHeaders implements HeaderMap {
  protected readonly exchange: Exchange;
  /** Pseudo headers that were removed and not set again. */
  protected removed: Set<string> | undefined;
  #problem: string | undefined;
  /** Bytes that the plugin has written here: the list is in the memory of the worker, which the plugin's limit does not bound. */
  #written = 0;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  protected abstract get list(): HeaderList;
  /** The pseudo header that a name stands for, or undefined when it is a field. */
  protected abstract pseudoOf(name: string): string | undefined;
  protected abstract getPseudo(name: string): string | undefined;
  /** False when the value is not legal there. */
  protected abstract setPseudo(name: string, text: string): boolean;
  protected abstract get pseudoNames(): readonly string[];
  protected abstract get required(): readonly string[];

  get problem(): string | undefined {
    if (this.#problem !== undefined || this.removed === undefined) return this.#problem;
    const missing = this.required.find((name) => this.removed?.has(name));
    return missing === undefined ? undefined : `the plugin removed ${missing}`;
  }

  get size(): number {
    return this.list.size + this.pseudoNames.length - (this.removed?.size ?? 0);
  }

  get(name: string): string | undefined {
    const pseudo = this.pseudoOf(name);
    if (pseudo === undefined) return this.list.get(name);
    return this.removed?.has(pseudo) ? undefined : this.getPseudo(pseudo);
  }

  /** Before each change. */
  protected changing(): void {}

  add(name: string, text: string): void {
    this.changing();
    if (this.pseudoOf(name) !== undefined) this.replace(name, text);
    else if (this.#fits(name, text) && this.#admits(name, text)) this.list.appendSound(name, text);
  }

  replace(name: string, text: string): void {
    this.changing();
    if (!this.#fits(name, text)) return;
    const pseudo = this.pseudoOf(name);
    if (pseudo === undefined) {
      if (this.#admits(name, text)) this.list.setSound(name, text);
    } else if (this.setPseudo(pseudo, text)) this.removed?.delete(pseudo);
    else this.#problem ??= `the plugin set ${pseudo} to an illegal value`;
  }

  remove(name: string): void {
    this.changing();
    const pseudo = this.pseudoOf(name);
    if (pseudo === undefined) this.list.delete(name);
    else (this.removed ??= new Set()).add(pseudo);
  }

  pairs(): string[] {
    const flat: string[] = [];
    for (const name of this.pseudoNames) {
      const text = this.get(name);
      if (text !== undefined) flat.push(name, text);
    }
    for (const part of this.list.flat) flat.push(part);
    return flat;
  }

  /** Replaces everything. The length of the body stays told where the new set still tells one. */
  setPairs(flat: readonly string[]): void {
    this.changing();
    const { list } = this;
    const length = list.get('content-length');
    list.flat.length = 0;
    this.#written = 0;
    for (const name of this.pseudoNames) this.remove(name);
    for (let i = 0; i < flat.length; i += 2) {
      const name = (flat[i] as string).toLowerCase();
      if (name === 'content-length' && length !== undefined) list.set(name, length);
      else this.add(name, flat[i + 1] as string);
    }
  }

  get byteLength(): number {
    let bytes = 0;
    for (const part of this.pairs()) bytes += part.length;
    return bytes;
  }

  /** What does not fit is not stored, and neither is anything after it. */
  #fits(name: string, text: string): boolean {
    this.#written += name.length + text.length + fieldBytes;
    if (this.#written <= maxBytes) return true;
    this.#problem ??= `the plugin wrote more than ${maxBytes} bytes of headers`;
    return false;
  }

  #admits(name: string, text: string): boolean {
    const kind = kindOf(name);
    if (kind === 'framing') return false;
    if (kind === 'field' && legalValue(text)) return true;
    this.#problem ??= `the plugin set an illegal header: ${JSON.stringify(name.slice(0, 64))}`;
    return false;
  }
}

const colon = 0x3a;
const requestPseudo = [':authority', ':path', ':method', ':scheme'] as const;
const requestRequired = [':authority', ':path', ':method'] as const;

/** Map 0. `host` is another name of `:authority`, as in Envoy. */
export class RequestHeaders extends MessageHeaders {
  /** What routes are chosen by is not what it was; whether that matters is for the stage to say. */
  protected override changing(): void {
    this.exchange.routeStale = true;
  }

  protected get list(): HeaderList {
    return this.exchange.request.headers;
  }

  protected get pseudoNames(): readonly string[] {
    return requestPseudo;
  }

  protected get required(): readonly string[] {
    return requestRequired;
  }

  protected pseudoOf(name: string): string | undefined {
    if (name === 'host') return ':authority';
    if (name.charCodeAt(0) !== colon) return undefined;
    return (requestPseudo as readonly string[]).includes(name) ? name : undefined;
  }

  protected getPseudo(name: string): string {
    const { request } = this.exchange;
    if (name === ':path') return request.query === '' ? request.path : `${request.path}?${request.query}`;
    if (name === ':authority') return request.authority;
    return name === ':method' ? request.method : request.scheme;
  }

  protected setPseudo(name: string, text: string): boolean {
    const { request } = this.exchange;
    if (name === ':path') {
      if (!target.test(text)) return false;
      const mark = text.indexOf('?');
      request.path = mark < 0 ? text : text.slice(0, mark);
      request.query = mark < 0 ? '' : text.slice(mark + 1);
    } else if (name === ':authority') {
      if (!host.test(text)) return false;
      request.authority = text.toLowerCase();
    } else if (name === ':method') {
      if (!method.test(text)) return false;
      request.method = text;
    } else {
      if (text !== 'http' && text !== 'https') return false;
      request.scheme = text;
    }
    return true;
  }
}

const responsePseudo = [':status'] as const;

/** Map 2; only while `exchange.response` is set. */
export class ResponseHeaders extends MessageHeaders {
  protected get list(): HeaderList {
    return this.#head.headers;
  }

  get #head() {
    const { response } = this.exchange;
    if (!response) throw new Error('no response yet');
    return response;
  }

  protected get pseudoNames(): readonly string[] {
    return responsePseudo;
  }

  protected get required(): readonly string[] {
    return responsePseudo;
  }

  protected pseudoOf(name: string): string | undefined {
    return name === ':status' ? name : undefined;
  }

  protected getPseudo(): string {
    return String(this.#head.status);
  }

  protected setPseudo(_name: string, text: string): boolean {
    if (!/^[2-5][0-9][0-9]$/.test(text)) return false;
    this.#head.status = Number(text);
    return true;
  }
}
