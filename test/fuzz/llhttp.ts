import { createRequire } from 'node:module';
import type { Message, Reading } from './reading.ts';

/** What a library calls before its functions are called, by the convention of WASI. */
const start = '_initialize';

/** Of the build for WebAssembly that undici brings; strict, for its lenient flags are not set. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  [start](): void;
  malloc(size: number): number;
  llhttp_alloc(type: number): number;
  llhttp_reset(parser: number): void;
  llhttp_execute(parser: number, bytes: number, length: number): number;
  llhttp_finish(parser: number): number;
  llhttp_get_method(parser: number): number;
  llhttp_get_upgrade(parser: number): number;
  llhttp_get_error_reason(parser: number): number;
}

type Draft = Message & { readonly fields: string[]; readonly trailers: string[] };

const load = createRequire(import.meta.url);
const constants = load('undici/lib/llhttp/constants.js') as {
  readonly METHODS: Readonly<Record<string, number>>;
  readonly ERROR: Readonly<Record<string, number>>;
  readonly TYPE: Readonly<Record<'REQUEST' | 'RESPONSE', number>>;
};
const methods = new Map(Object.entries(constants.METHODS).map(([name, code]) => [code, name]));
const errors = new Map(Object.entries(constants.ERROR).map(([name, code]) => [code, name]));
/** llhttp stops there and leaves the rest to somebody else. */
const upgraded = constants.ERROR['PAUSED_UPGRADE'];
/** Of both: a message may be as large. */
const maxBytes = 1 << 20;

export const knowsMethod = (name: string): boolean => name in constants.METHODS;

/** The parser of node:http, over whole buffers. */
export class Llhttp {
  readonly #wasm: Exports;
  readonly #parser: number;
  readonly #at: number;
  #messages: Message[] = [];
  #current: Draft | undefined;
  #inTrailers = false;
  /** The response to HEAD has no body. */
  #bodyless = false;
  #target = '';

  constructor(type: 'REQUEST' | 'RESPONSE') {
    const module = new WebAssembly.Module(load('undici/lib/llhttp/llhttp-wasm.js') as Buffer<ArrayBuffer>);
    const env = {
      wasm_on_message_begin: () => this.#begin(),
      wasm_on_url: (_: number, at: number, length: number) => {
        this.#target += this.#text(at, length);
        return 0;
      },
      wasm_on_status: () => 0,
      wasm_on_header_field: (_: number, at: number, length: number) => {
        this.#fields().push(this.#text(at, length).toLowerCase(), '');
        return 0;
      },
      wasm_on_header_value: (_: number, at: number, length: number) => {
        const fields = this.#fields();
        const value = this.#text(at, length);
        fields[fields.length - 1] += value.replace(/[ \t]+$/, '');
        return 0;
      },
      wasm_on_headers_complete: (parser: number, status: number) => this.#headed(parser, status),
      wasm_on_body: (_: number, at: number, length: number) => {
        (this.#current as Message).body += this.#text(at, length);
        return 0;
      },
      wasm_on_message_complete: () => {
        const message = this.#messages.at(-1) as Message;
        message.whole = true;
        return 0;
      },
    };
    this.#wasm = new WebAssembly.Instance(module, { env }).exports as unknown as Exports;
    this.#wasm[start]();
    this.#parser = this.#wasm.llhttp_alloc(constants.TYPE[type]);
    this.#at = this.#wasm.malloc(maxBytes);
  }

  /** `ended`: the other side closes behind the bytes. */
  read(bytes: Buffer, { ended = false, bodyless = false } = {}): Reading {
    const wasm = this.#wasm;
    this.#messages = [];
    this.#current = undefined;
    this.#bodyless = bodyless;
    wasm.llhttp_reset(this.#parser);
    new Uint8Array(wasm.memory.buffer, this.#at, maxBytes).set(bytes);
    let code = wasm.llhttp_execute(this.#parser, this.#at, bytes.length);
    if (code === 0 && ended) code = wasm.llhttp_finish(this.#parser);
    const messages = this.#messages;
    if (code === 0) return { messages, end: 'open', why: '' };
    if (code === upgraded) return { messages, end: 'over', why: '' };
    return { messages, end: 'refused', why: errors.get(code) ?? String(code) };
  }

  #begin(): number {
    this.#target = '';
    this.#inTrailers = false;
    this.#current = {
      method: '',
      target: '',
      status: 0,
      fields: [],
      body: '',
      trailers: [],
      whole: false,
      upgrade: false,
    };
    return 0;
  }

  #headed(parser: number, status: number): number {
    const message = {
      ...(this.#current as Draft),
      method: methods.get(this.#wasm.llhttp_get_method(parser)) ?? '',
      target: this.#target,
      status,
      upgrade: this.#wasm.llhttp_get_upgrade(parser) !== 0,
    };
    this.#current = message;
    this.#messages.push(message);
    this.#inTrailers = true;
    return this.#bodyless ? 1 : 0;
  }

  #fields(): string[] {
    const message = this.#current as Draft;
    return this.#inTrailers ? message.trailers : message.fields;
  }

  #text(at: number, length: number): string {
    return Buffer.from(this.#wasm.memory.buffer, at, length).latin1Slice();
  }
}
