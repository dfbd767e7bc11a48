import { request, type Agent } from 'node:http';
import { connect } from 'node:http2';
import { grpcFrame } from '../../../src/upstream/callouts/grpc-frames.ts';
import { loomAddress, loomPort } from './loom.ts';

/** What a client sees of one exchange. */
export interface Seen {
  /** 0: there was no head. */
  readonly status: number;
  /** Of `docs/errors.md`; empty where Loom says nothing. */
  readonly code: string;
  readonly grpcStatus: string;
  /** Whether the response came to its end as its wire says it. */
  readonly complete: boolean;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly ms: number;
}

type Fields = Readonly<Record<string, string | undefined>>;
export type Ask = (path: string, headers?: Readonly<Record<string, string>>) => Promise<Seen>;

const codeOf = (text: string): string => /^([a-z]+(?:-[a-z]+)*): /.exec(text)?.[1] ?? '';

/** HTTP/1.1, a connection for each request unless the agent keeps it. */
export const askHttp1 =
  (agent?: Agent, method = 'GET', port = loomPort): Ask =>
  (path, headers = {}) => {
    const began = performance.now();
    const { promise, resolve } = Promise.withResolvers<Seen>();
    let body = '';
    let status = 0;
    let fields: Seen['headers'] = {};
    const end = (complete: boolean): void =>
      resolve({
        status,
        code: status >= 400 ? codeOf(body) : '',
        grpcStatus: '',
        complete,
        body,
        headers: fields,
        ms: performance.now() - began,
      });
    const options = { host: loomAddress, port, path, method, headers, agent: agent ?? false };
    const outgoing = request(options, (response) => {
      status = response.statusCode ?? 0;
      fields = response.headers;
      response.on('data', (piece: Buffer) => (body += piece.toString('latin1')));
      response.on('error', () => undefined).on('close', () => end(response.complete));
    });
    outgoing.on('error', () => end(false)).end(method === 'GET' ? undefined : 'body');
    return promise;
  };

/** HTTP/2 with prior knowledge, a connection for each request. `message`: makes it a call of gRPC. */
export const askHttp2 =
  (message?: string): Ask =>
  (path, headers = {}) => {
    const began = performance.now();
    const { promise, resolve } = Promise.withResolvers<Seen>();
    const session = connect(`http://${loomAddress}:${loomPort}`);
    let fields: Fields = {};
    let trailers: Fields = {};
    let body = '';
    let complete = false;
    session.on('error', () => undefined);
    const isCall = message !== undefined;
    const stream = session.request(
      {
        ':path': path,
        ':method': isCall ? 'POST' : 'GET',
        ...(isCall && { 'content-type': 'application/grpc', te: 'trailers' }),
        ...headers,
      },
      { endStream: !isCall },
    );
    if (isCall) stream.end(grpcFrame(Buffer.from(message)));
    stream.on('response', (head) => (fields = head as Fields));
    stream.on('trailers', (tail) => (trailers = tail as Fields));
    stream.on('data', (piece: Buffer) => (body += piece.toString('latin1')));
    stream.on('end', () => (complete = true));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      const said = { ...fields, ...trailers };
      const status = Number(fields[':status'] ?? 0);
      resolve({
        status,
        code: codeOf(isCall ? (said['grpc-message'] ?? '') : status >= 400 ? body : ''),
        grpcStatus: said['grpc-status'] ?? '',
        complete: complete && stream.rstCode === 0,
        body,
        headers: fields,
        ms: performance.now() - began,
      });
      session.destroy();
    });
    return promise;
  };

export const askGrpc: Ask = askHttp2('hello');
