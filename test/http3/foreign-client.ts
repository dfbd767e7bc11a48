import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Answer as WireAnswer } from '../feature/wires.ts';
import { ForeignStream, type StreamEvent } from './foreign-stream.ts';

export interface ClientOptions {
  /** 127.0.0.1 where it is not said. */
  readonly host?: string;
  readonly sni?: string;
  readonly alpn?: readonly string[];
  /** File of authorities; without it nothing is checked. */
  readonly ca?: string;
  readonly cipher?: string;
  /** Files of what it shows when it is asked. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Connects once before, for a ticket and a token. */
  readonly resume?: boolean;
  /** The port for that; the same where it is not said. */
  readonly resume_of?: number;
  readonly max_data?: number;
  readonly max_stream_data?: number;
}

export interface Question {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  /** Where a client has connections to several hosts: on that for this one. */
  readonly sni?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A body of so many bytes. */
  readonly size?: number;
  readonly trailers?: readonly (readonly [string, string])[];
  /** Takes it back after a moment. */
  readonly cancel?: boolean;
  /** The whole body is given, however large. */
  readonly whole?: boolean;
  /** In place of what the others say. */
  readonly fields?: readonly (readonly [string, string])[];
}

export interface Answer {
  /** `reset 0x10c`, `terminated 0x101` */
  readonly failure: string | null;
  readonly fields: readonly (readonly [string, string])[];
  readonly trailers: readonly (readonly [string, string])[];
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly body: string;
}

export interface ClientFacts {
  readonly terminated: readonly [number, string] | null;
  readonly tickets: number;
  readonly tokens: number;
  readonly resumed: boolean;
  readonly certificate: string;
  readonly retried: boolean;
  readonly cipher: string;
  /** What the keys were agreed on with, where the client tells. */
  readonly group?: string;
  readonly phase: number;
  /** That the client has begun. */
  readonly keyUpdates: number;
  /** So far, where it is the client that decides. */
  readonly connections?: number;
  readonly port: number;
}

/** A program on its command line: what comes behind it is the port, and ClientOptions as JSON. */
export type Program = readonly [string, ...string[]];

/**
 * One connection of a client that others wrote, in a process of its own. It is told what to do by lines of JSON and says what came
 * of it by such lines; line 0 says whether there is a connection.
 */
export class ForeignClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  readonly #streams = new Map<number, ForeignStream>();
  #last = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const message = JSON.parse(line) as { readonly id: number } | StreamEvent;
      if ('event' in message) {
        this.#streams.get(message.event)?.tell(message);
        return;
      }
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
    child.on('exit', () => {
      for (const answer of this.#waiting.values()) answer({ failure: 'the client has ended' });
      this.#waiting.clear();
    });
  }

  /** Rejects with what the client says when there is no connection. */
  static async connect(
    [program, ...words]: Program,
    port: number,
    options: ClientOptions = {},
  ): Promise<ForeignClient> {
    const all = [...words, `${port}`, JSON.stringify(options)];
    const client = new ForeignClient(spawn(program, all, { stdio: ['pipe', 'pipe', 'inherit'] }));
    const { failure, terminated } = (await client.#answer(0)) as {
      failure?: string;
      terminated?: readonly [number, string];
    };
    if (failure !== undefined)
      throw new Error(`${failure} ${terminated ? `0x${terminated[0].toString(16)}` : ''}`);
    return client;
  }

  request(question: Question): Promise<Answer> {
    return this.#say({ op: 'request', ...told(question) }) as Promise<Answer>;
  }

  /** The same so many times at once. */
  async many(count: number, question: Question): Promise<readonly Answer[]> {
    const { answers, failure } = (await this.#say({ op: 'many', count, ...told(question) })) as {
      answers?: readonly Answer[];
      failure?: string;
    };
    if (!answers) throw new Error(failure);
    return answers;
  }

  /** A request whose directions are used one by one; it has no body but what is written to it. */
  async open(question: Question): Promise<ForeignStream> {
    const opened = new ForeignStream((command) => this.#say({ ...command, stream }));
    this.#streams.set(this.#last + 1, opened);
    const { stream } = (await this.#say({ op: 'open', ...told(question) })) as { readonly stream: number };
    return opened;
  }

  async do(op: 'rebind' | 'key_update' | 'ping', options: object = {}): Promise<void> {
    const { failure } = (await this.#say({ op, ...options })) as { failure?: string };
    if (failure !== undefined) throw new Error(failure);
  }

  facts(): Promise<ClientFacts> {
    return this.#say({ op: 'facts' }) as Promise<ClientFacts>;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  #say(command: object): Promise<unknown> {
    const id = ++this.#last;
    this.#child.stdin?.write(`${JSON.stringify({ id, ...command })}\n`);
    return this.#answer(id);
  }

  #answer(id: number): Promise<unknown> {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}

function told(question: Question): object {
  const { method = 'GET', path = '/', host = 'localhost', headers = {}, fields, ...rest } = question;
  const pseudo = [
    [':method', method],
    [':scheme', 'https'],
    [':authority', host],
    [':path', path],
  ];
  return { fields: fields ?? [...pseudo, ...Object.entries(headers)], ...rest };
}

export const fieldOf = ({ fields }: Pick<Answer, 'fields'>, name: string): string | undefined =>
  fields.find(([one]) => one === name)?.[1];

/** An answer as those of the other wires are told. Throws when there is none. */
export function plain(answer: Answer): WireAnswer {
  if (answer.failure !== null) throw new Error(answer.failure);
  const headers: Record<string, unknown> = {};
  for (const [name, value] of answer.fields) {
    const before = headers[name];
    headers[name] = name === 'set-cookie' ? [...((before as string[]) ?? []), value] : value;
  }
  const status = Number(fieldOf(answer, ':status'));
  return { status, headers, body: answer.body, trailers: Object.fromEntries(answer.trailers) };
}
