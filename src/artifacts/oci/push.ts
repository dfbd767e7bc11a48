import { readComplaint } from '../http/body.ts';
import { HttpClient, type Transport } from '../http/client.ts';
import { refusal } from '../http/failure.ts';
import { digestOf } from './digest.ts';
import { credentialFor, type Credential } from './docker-config.ts';
import type { Descriptor } from './manifest.ts';
import { ociManifest, wasmConfig, wasmLayer } from './media-types.ts';
import { parseReference } from './reference.ts';
import { Registry } from './registry.ts';

export interface PushOptions extends Transport {
  readonly credential?: Credential;
  /** Text of a docker config, in place of `credential`. */
  readonly dockerConfig?: string;
  /** Of the manifest, such as `org.opencontainers.image.source`. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default now. The same date and bytes give the same digest. */
  readonly created?: Date;
  readonly signal?: AbortSignal;
}

/** Opens a repository to write to, runs `work`, and closes the connections. */
export async function withRegistry<T>(
  image: string,
  options: PushOptions,
  work: (registry: Registry) => Promise<T>,
): Promise<T> {
  const { registry, repository } = parseReference(image);
  const { dockerConfig, insecure, signal } = options;
  const credential =
    options.credential ?? (dockerConfig ? credentialFor(dockerConfig, registry, repository) : undefined);
  const http = new HttpClient(options, signal ?? new AbortController().signal);
  try {
    const place = { registry, repository, isPlain: insecure === 'PlainHttp' };
    return await work(new Registry(http, place, credential, 'pull,push'));
  } finally {
    await http.close();
  }
}

/**
 * Pushes a module as the CNCF artifact (one layer `application/wasm`) under the tag of `image`; resolves to the digest of
 * its manifest, `sha256:hex`. Rejects with a SupplyError that says what the registry did not like.
 */
export function pushModule(image: string, bytes: Uint8Array, options: PushOptions = {}): Promise<string> {
  const { tag, digest } = parseReference(image);
  if (digest || !tag) throw new Error(`${image} has a digest; a module is pushed to a tag`);
  return withRegistry(image, options, async (registry) => {
    const layer = await pushBlob(registry, wasmLayer, bytes);
    const created = (options.created ?? new Date()).toISOString();
    const about = { created, architecture: 'wasm', os: 'wasip1', layerDigests: [layer.digest] };
    const config = await pushBlob(registry, wasmConfig, Buffer.from(JSON.stringify(about)));
    const annotations = { 'org.opencontainers.image.created': created, ...options.annotations };
    const manifest = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer], annotations };
    return pushManifest(registry, tag, ociManifest, manifest);
  });
}

/** Uploads in one piece what the repository does not have yet (distribution specification, "Pushing a blob monolithically"). */
export async function pushBlob(
  registry: Registry,
  mediaType: string,
  bytes: Uint8Array,
): Promise<Descriptor> {
  const digest = digestOf(bytes);
  const descriptor = { mediaType, digest, size: bytes.length };
  const known = await registry.ask(`blobs/${digest}`, { method: 'HEAD' });
  await known.body.dump();
  if (known.status === 200) return descriptor;
  const begun = await registry.ask('blobs/uploads/', { method: 'POST' });
  const location = begun.headers['location'];
  if (begun.status !== 202 || typeof location !== 'string')
    throw refusal(begun, 'an upload', await readComplaint(begun));
  await begun.body.dump();
  const to = new URL(location, begun.url);
  to.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const done = await registry.ask(to.href, { method: 'PUT', headers, body: bytes });
  if (done.status !== 201) throw refusal(done, 'the upload of a layer', await readComplaint(done));
  await done.body.dump();
  return descriptor;
}

/** Resolves to the digest of the manifest. `name`: a tag, or the digest itself. */
export async function pushManifest(
  registry: Registry,
  name: string | undefined,
  mediaType: string,
  manifest: object,
): Promise<string> {
  const body = Buffer.from(JSON.stringify(manifest));
  const digest = digestOf(body);
  const headers = { 'content-type': mediaType };
  const done = await registry.ask(`manifests/${name ?? digest}`, { method: 'PUT', headers, body });
  if (done.status !== 201) throw refusal(done, 'the upload of a manifest', await readComplaint(done));
  await done.body.dump();
  return digest;
}
