import { readBody, readComplaint } from '../http/body.ts';
import type { Answer, Asking, HttpClient } from '../http/client.ts';
import { refusal } from '../http/failure.ts';
import { SupplyError } from '../supply-error.ts';
import { maxModuleBytes } from '../size.ts';
import { authorize } from './authorize.ts';
import { checkDigest, digestOf, isDigest } from './digest.ts';
import type { Credential } from './docker-config.ts';
import type { Descriptor } from './manifest.ts';
import { manifestTypes } from './media-types.ts';
import type { Repository } from './repository.ts';

const maxManifestBytes = 4 * 1024 * 1024;

/** One repository of a registry that speaks the OCI distribution specification 1.1. Authenticates when it is asked to. */
export class Registry implements Repository {
  readonly #http: HttpClient;
  readonly #base: URL;
  readonly #credential: Credential | undefined;
  readonly #scope: string;
  #authorization: string | undefined;

  constructor(
    http: HttpClient,
    place: { readonly registry: string; readonly repository: string; readonly isPlain: boolean },
    credential: Credential | undefined,
    access: 'pull' | 'pull,push' = 'pull',
  ) {
    this.#http = http;
    this.#base = new URL(`${place.isPlain ? 'http' : 'https'}://${place.registry}/v2/${place.repository}/`);
    this.#credential = credential;
    this.#scope = `repository:${place.repository}:${access}`;
  }

  /** By HEAD, which registries with a rate limit do not count. */
  async resolve(tag: string): Promise<string> {
    const headers = { accept: manifestTypes.join(', ') };
    const head = await this.ask(`manifests/${tag}`, { method: 'HEAD', headers });
    await head.body.dump();
    const digest = head.headers['docker-content-digest'];
    if (head.status === 200 && isDigest(digest)) return digest;
    if (head.status !== 200 && head.status !== 405) throw refusal(head, `the tag ${tag}`, '');
    return digestOf(await this.#get(`manifests/${tag}`, headers, maxManifestBytes, `the tag ${tag}`));
  }

  async manifest(digest: string): Promise<Uint8Array> {
    const headers = { accept: manifestTypes.join(', ') };
    const what = `the manifest ${digest}`;
    const bytes = await this.#get(`manifests/${digest}`, headers, maxManifestBytes, what);
    checkDigest(bytes, digest, `what ${this.#base.host} sent as a manifest`);
    return bytes;
  }

  async blob({ digest, size }: Descriptor): Promise<Uint8Array> {
    if (size > maxModuleBytes)
      throw new SupplyError('TooLarge', `the layer ${digest} has ${size} bytes, more than ${maxModuleBytes}`);
    const bytes = await this.#get(`blobs/${digest}`, {}, maxModuleBytes, `the layer ${digest}`);
    checkDigest(bytes, digest, `what ${this.#base.host} sent as a layer`);
    return bytes;
  }

  /** A request below `/v2/<repository>/`, with what it takes to be let in. `path` may be absolute, as a Location is. */
  async ask(path: string, asking: Asking = {}): Promise<Answer> {
    const url = new URL(path, this.#base);
    const authorization = url.origin === this.#base.origin ? this.#authorization : undefined;
    const answer = await this.#http.ask(url, { ...asking, authorization });
    if (answer.status !== 401 || answer.url.origin !== this.#base.origin) return answer;
    const again = await authorize(this.#http, answer, this.#credential, this.#scope);
    await answer.body.dump();
    if (again === authorization) throw refusal(answer, this.#scope, 'the credentials are refused');
    this.#authorization = again;
    return this.#http.ask(url, { ...asking, authorization: again });
  }

  async #get(path: string, headers: Asking['headers'], limit: number, what: string): Promise<Buffer> {
    const answer = await this.ask(path, { headers: headers ?? {} });
    if (answer.status !== 200) throw refusal(answer, what, await readComplaint(answer));
    return readBody(answer, limit, what);
  }
}
