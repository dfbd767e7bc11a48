import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { digestOf } from '../../src/artifacts/oci/digest.ts';
import { ociManifest, wasmConfig, wasmLayer } from '../../src/artifacts/oci/media-types.ts';
import { makeTlsPair } from './tls-pair.ts';

/** What a server does with a request; `serve` answers as it should. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, serve: () => void) => void;

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

const pair = makeTlsPair();

/**
 * A server over TLS that speaks as much of the OCI distribution specification as a pull needs, and breaks it as it is told:
 * what no real registry can be asked to do.
 */
export class FaultRegistry {
  readonly ca = pair.cert;
  readonly seen: Seen[] = [];
  behave: Behaviour = (_request, _response, serve) => serve();
  readonly #contents = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { method = '', url = '', headers } = request;
      this.seen.push({ method, path: url, authorization: headers.authorization });
      this.behave(request, response, () => this.#serve(method, url, response));
    });
  }

  static async start(): Promise<FaultRegistry> {
    const server = createServer(pair);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FaultRegistry(server);
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests for a path that has `part` in it. */
  count(part: string): number {
    return this.seen.filter(({ method, path }) => method === 'GET' && path.includes(part)).length;
  }

  /** Puts a module there as the CNCF artifact `team/NAME:1`; the digests of its manifest and layer. */
  put(name: string, module: Buffer): { readonly manifest: string; readonly layer: string } {
    const blob = (mediaType: string, bytes: Buffer): object => {
      this.file(`/v2/team/${name}/blobs/${digestOf(bytes)}`, bytes);
      return { mediaType, digest: digestOf(bytes), size: bytes.length };
    };
    const layers = [blob(wasmLayer, module)];
    const config = blob(wasmConfig, Buffer.from('{}'));
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, config, layers }),
    );
    for (const version of ['1', digestOf(manifest)])
      this.file(`/v2/team/${name}/manifests/${version}`, manifest, ociManifest);
    return { manifest: digestOf(manifest), layer: digestOf(module) };
  }

  file(path: string, bytes: Buffer, type = 'application/octet-stream'): void {
    this.#contents.set(path, { type, bytes });
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(method: string, path: string, response: ServerResponse): void {
    const found = this.#contents.get(path);
    if (!found) return void response.writeHead(404).end();
    const { type, bytes } = found;
    response.writeHead(200, {
      'content-type': type,
      'content-length': bytes.length,
      etag: `"${digestOf(bytes)}"`,
      'docker-content-digest': digestOf(bytes),
    });
    response.end(method === 'HEAD' ? undefined : bytes);
  }
}
