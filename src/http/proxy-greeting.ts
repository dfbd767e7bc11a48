import type { Socket } from 'node:net';
import type { Downstream } from './downstream.ts';
import { announcePeers } from './peers.ts';
import { readProxyHeader, type ProxyHeader } from './proxy-header.ts';

interface GreetingParts {
  readonly timeoutMs: number;
  /** The header has been read; the socket rests, and holds what came behind it. */
  accept(socket: Socket): void;
  refused(detail: string): void;
  closed(greeting: ProxyGreeting): void;
}

/** A connection of which the header of the PROXY protocol has not arrived yet. TLS, where there is any, begins behind it. */
export class ProxyGreeting implements Downstream {
  place: number | undefined;
  readonly tunnels = [];
  readonly #socket: Socket;
  readonly #parts: GreetingParts;
  readonly #deadline: number;
  #input: Buffer | undefined;

  constructor(socket: Socket, parts: GreetingParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#deadline = performance.now() + parts.timeoutMs;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#refuse('the connection ended within the PROXY header'));
    socket.on('close', () => parts.closed(this));
    socket.on('error', nothing);
    socket.resume();
  }

  check(now: number): void {
    if (now > this.#deadline) this.#refuse('the PROXY header did not arrive in time');
  }

  stop(): void {
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const socket = this.#socket;
    this.#input = this.#input ? Buffer.concat([this.#input, chunk]) : chunk;
    let header: ProxyHeader | undefined;
    try {
      header = readProxyHeader(this.#input);
    } catch (error) {
      this.#refuse((error as Error).message);
    }
    if (!header) return;
    for (const event of ['data', 'end', 'close']) socket.removeAllListeners(event);
    socket.pause();
    if (this.#input.length > header.length) socket.unshift(this.#input.subarray(header.length));
    if (header.peers) announcePeers(socket, header.peers);
    this.#parts.closed(this);
    this.#parts.accept(socket);
  }

  #refuse(detail: string): void {
    if (this.#socket.destroyed) return;
    this.#parts.refused(detail);
    this.#socket.destroy();
  }
}

const nothing = (): void => undefined;
