import type { DiskCache } from '../cache.ts';
import { isDigest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Repository } from '../oci/repository.ts';
import { SupplyError } from '../supply-error.ts';

/** Fetches content of that digest, or joins who is fetching it already. */
type Fetch = (digest: string, get: (remote: Repository) => Promise<Uint8Array>) => Promise<Uint8Array>;

export interface Remote {
  readonly repository: Repository;
  readonly fetch: Fetch;
  /** Bytes that came over the network. */
  readonly received: (bytes: number) => void;
}

/** Not fetched before, and nobody may be asked now. */
const notCached = (what: string): SupplyError => new SupplyError('Fetching', `${what} is not in the cache`);

/**
 * A repository behind the cache. Contents come from the disk where they are there; names are asked for where there is a
 * `remote`, and are what they were then where there is none.
 */
export class CachedRepository implements Repository {
  readonly #cache: DiskCache;
  readonly #scope: readonly string[];
  readonly #remote: Remote | undefined;

  /** `scope`: registry, repository and pull secret, so that what one namespace may see is no answer for another one. */
  constructor(cache: DiskCache, scope: readonly string[], remote?: Remote) {
    this.#cache = cache;
    this.#scope = scope;
    this.#remote = remote;
  }

  async resolve(tag: string): Promise<string> {
    const key = ['oci', ...this.#scope, tag];
    if (this.#remote) {
      const digest = await this.#remote.repository.resolve(tag);
      await this.#cache.putName(key, { digest });
      return digest;
    }
    const known = await this.#cache.name(key);
    if (!known || !isDigest(known.digest)) throw notCached(`the tag ${tag}`);
    return known.digest;
  }

  manifest(digest: string): Promise<Uint8Array> {
    return this.#content(digest, (repository) => repository.manifest(digest));
  }

  blob(descriptor: Descriptor): Promise<Uint8Array> {
    return this.#content(descriptor.digest, (repository) => repository.blob(descriptor));
  }

  async #content(digest: string, get: (remote: Repository) => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = await this.#cache.content(digest);
    if (known) return known;
    if (!this.#remote) throw notCached(digest);
    const { fetch, received } = this.#remote;
    return fetch(digest, async (repository) => {
      // Another one may have brought it since.
      const brought = await this.#cache.content(digest);
      if (brought) return brought;
      const bytes = await get(repository);
      received(bytes.length);
      await this.#cache.putContent(digest, bytes);
      return bytes;
    });
  }
}
