import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Piece } from './case.ts';
import { isOwn } from './own-fields.ts';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
}

/** A server whose answer is set for each case. */
export interface ScriptedBackend {
  readonly port: number;
  /** Requests since `play`, those that came to their end. */
  readonly arrived: readonly Arrived[];
  /** Answers so from now on; `said` resolves when the plugins of its proxy said that text. */
  play(answer: Answer, said: (text: string) => Promise<void>): void;
  close(): Promise<void>;
}

export async function startBackend(): Promise<ScriptedBackend> {
  let arrived: Arrived[] = [];
  let answer: Answer = {};
  let said: (text: string) => Promise<void> = () => Promise.resolve();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [now, wait, list] = [answer, said, arrived];
    // Fails where the proxy gave up in the middle; what arrived whole is what counts.
    list.push(await read(request));
    if (now.silent) return;
    const body = now.body ?? [echo(list.at(-1))];
    const trailers = now.trailers ?? [];
    response.writeHead(now.status ?? 200, head(now, body, trailers.length > 0));
    if (trailers.length === 0 && body.length <= 1 && typeof body[0] !== 'object') {
      if (now.breaks) response.flushHeaders();
      else response.end(body[0] ?? '', 'latin1');
    } else {
      response.flushHeaders();
      await pieces(body, wait, (text) => response.write(text, 'latin1'));
      response.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
      if (!now.breaks) response.end();
    }
    if (now.breaks) response.destroy();
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get arrived() {
      return arrived;
    },
    play: (next, wait) => {
      arrived = [];
      answer = next;
      said = wait;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends the pieces in order, each when its time has come. */
export async function pieces(
  list: readonly Piece[],
  said: (text: string) => Promise<void>,
  send: (text: string) => void,
): Promise<void> {
  for (const piece of list) {
    if (typeof piece === 'object') await said(piece.after);
    send(typeof piece === 'object' ? piece.send : piece);
  }
}

/** Without what proxies add as they like, and sorted, so that it is the same behind both. */
function echo(arrived: Arrived | undefined): string {
  return JSON.stringify(
    arrived && { ...arrived, headers: arrived.headers.filter(([name]) => !isOwn(name)).toSorted(byText) },
  );
}

const byText = (a: readonly string[], b: readonly string[]): number => (a.join() < b.join() ? -1 : 1);

function head(answer: Answer, body: readonly Piece[], trailers: boolean): string[] {
  const fields = (answer.headers ?? []).flat();
  const [only] = body;
  const told = body.length <= 1 && typeof only !== 'object' && !trailers && answer.status !== 204;
  if (told) fields.push('content-length', `${(only?.length ?? 0) + (answer.breaks ? 100 : 0)}`);
  return fields;
}

async function read(request: IncomingMessage): Promise<Arrived> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url = '', rawHeaders, rawTrailers } = request;
  const body = Buffer.concat(chunks).toString('latin1');
  return { method, url, headers: pairsOf(rawHeaders), body, trailers: pairsOf(rawTrailers) };
}

const pairsOf = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] ?? ''] as [string, string]] : []));
