import type { OciSource } from '../../model/plugin.ts';
import { HttpClient } from '../http/client.ts';
import { credentialFor } from '../oci/docker-config.ts';
import { readModule, selectImage } from '../oci/image.ts';
import { formatReference, parseReference, type Reference } from '../oci/reference.ts';
import { Registry } from '../oci/registry.ts';
import { checkSignature } from '../oci/signature.ts';
import { checkAllowed } from './allowed.ts';
import { CachedRepository } from './cached-repository.ts';
import type { FetchContext, Fetched, Online } from './fetched.ts';

/** The module of an image. The signature is checked before a layer is read. Rejects with a SupplyError. */
export async function fetchOci(source: OciSource, context: FetchContext, online: Online): Promise<Fetched> {
  const reference = parseReference(source.image);
  const { registry, repository: name } = reference;
  checkAllowed(context.policy.allow, `${registry}/${name}`);
  const scope = [registry, name, source.pullSecret ?? ''];
  if (!online) return pull(source, reference, context, new CachedRepository(context.cache, scope));
  const { dockerConfig, signal } = online;
  const credential = dockerConfig === undefined ? undefined : credentialFor(dockerConfig, registry, name);
  const transport = { ...source, foreignOnly: context.policy.foreignOnly ?? false };
  const open = (until: AbortSignal): HttpClient =>
    new HttpClient(transport, until, undefined, context.timing);
  const place = { registry, repository: name, isPlain: source.insecure === 'PlainHttp' };
  const http = open(signal);
  try {
    const own = new Registry(http, place, credential);
    const remote = {
      repository: own,
      received: context.received,
      fetch: (digest: string, get: (from: Registry) => Promise<Uint8Array>) =>
        context.flights.join([...scope, digest].join(' '), signal, async (shared) => {
          // With connections of its own: who began it may leave before the others.
          const client = open(shared);
          try {
            return await get(new Registry(client, place, credential));
          } finally {
            await client.close();
          }
        }),
    };
    return await pull(source, reference, context, new CachedRepository(context.cache, scope, remote));
  } finally {
    await http.close();
  }
}

async function pull(
  { publicKey }: OciSource,
  reference: Reference,
  { policy }: FetchContext,
  repository: CachedRepository,
): Promise<Fetched> {
  const digest = reference.digest ?? (await repository.resolve(reference.tag ?? 'latest'));
  const image = await selectImage(repository, digest);
  const required = [publicKey ? [publicKey] : [], policy.publicKeys].filter((keys) => keys.length > 0);
  for (const keys of required) await checkSignature(repository, image.digests, keys);
  return {
    bytes: await readModule(repository, image),
    from: formatReference({ registry: reference.registry, repository: reference.repository, digest }),
    digests: image.digests,
    isSigned: required.length > 0,
  };
}
