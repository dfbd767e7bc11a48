import { sign, type KeyObject } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  componentLayer,
  dockerList,
  dockerManifest,
  ociIndex,
  ociManifest,
  simpleSigning,
} from '../../src/artifacts/oci/media-types.ts';
import { pushBlob, pushManifest } from '../../src/artifacts/oci/push.ts';
import type { Descriptor } from '../../src/artifacts/oci/manifest.ts';
import type { Registry } from '../../src/artifacts/oci/registry.ts';
import { makeTar } from './tar.ts';

type Layer = readonly [mediaType: string, bytes: Uint8Array];
const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const config = (mediaType: string, value: unknown = {}): Layer => [mediaType, text(value)];
const image = config('application/vnd.oci.image.config.v1+json', { architecture: 'wasm', os: 'wasi' });
const archive = (module: Uint8Array, name = 'plugin.wasm'): Buffer =>
  gzipSync(makeTar({ 'etc/notes.txt': Buffer.from('nothing'), [name]: module }));

/** Pushes a manifest with these parts under the tag, or under its digest only; its descriptor. */
async function pushImage(
  registry: Registry,
  tag: string | undefined,
  about: Layer,
  layers: readonly Layer[],
  mediaType = ociManifest,
): Promise<Descriptor> {
  const pushed = [];
  for (const layer of layers) pushed.push(await pushBlob(registry, ...layer));
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: await pushBlob(registry, ...about),
    layers: pushed,
  };
  const digest = await pushManifest(registry, tag, mediaType, manifest);
  return { mediaType, digest, size: text(manifest).length };
}

type Push = (registry: Registry, tag: string, module: Uint8Array) => Promise<Descriptor>;

/** An image for a machine beside the attestation that buildx adds. */
const index =
  (mediaType: string): Push =>
  async (registry, tag, module) => {
    const plain = await pushImage(registry, undefined, image, [
      ['application/vnd.oci.image.layer.v1.tar+gzip', archive(module)],
    ]);
    const proof = await pushImage(
      registry,
      undefined,
      config('application/vnd.oci.image.config.v1+json', { proof: tag }),
      [['application/vnd.in-toto+json', text({ _type: 'https://in-toto.io/Statement/v0.1' })]],
    );
    const manifests = [
      {
        ...proof,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
      },
      { ...plain, platform: { os: 'linux', architecture: 'amd64' } },
    ];
    const top = { schemaVersion: 2, mediaType, manifests };
    return { mediaType, digest: await pushManifest(registry, tag, mediaType, top), size: text(top).length };
  };

/** How modules are put into registries, by name. */
export const layouts: Readonly<Record<string, Push>> = {
  'docker image': (registry, tag, module) =>
    pushImage(
      registry,
      tag,
      config('application/vnd.docker.container.image.v1+json'),
      [
        [
          'application/vnd.docker.image.rootfs.diff.tar.gzip',
          gzipSync(makeTar({ 'etc/base': Buffer.from('base') })),
        ],
        ['application/vnd.docker.image.rootfs.diff.tar.gzip', archive(module)],
      ],
      dockerManifest,
    ),
  'compat image': (registry, tag, module) =>
    pushImage(registry, tag, image, [['application/vnd.oci.image.layer.v1.tar+gzip', archive(module)]]),
  'two-layer artifact': (registry, tag, module) =>
    pushImage(registry, tag, config('application/vnd.module.wasm.config.v1+json'), [
      ['application/vnd.module.wasm.config.v1+json', text({ name: tag })],
      ['application/vnd.module.wasm.content.layer.v1+wasm', module],
    ]),
  'wasm-to-oci artifact': (registry, tag, module) =>
    pushImage(registry, tag, config('application/vnd.wasm.config.v1+json'), [
      ['application/vnd.wasm.content.layer.v1+wasm', module],
    ]),
  'image with documents': (registry, tag, module) =>
    pushImage(registry, tag, image, [
      ['application/vnd.module.wasm.spec.v1+yaml', Buffer.from('name: plugin')],
      ['application/vnd.module.wasm.doc.v1+markdown', Buffer.from('# plugin')],
      ['application/vnd.oci.image.layer.v1.tar+gzip', archive(module, './other-name.wasm')],
    ]),
  'zstd image': (registry, tag, module) =>
    pushImage(registry, tag, image, [
      ['application/vnd.oci.image.layer.v1.tar+zstd', zstdCompressSync(makeTar({ 'plugin.wasm': module }))],
    ]),
  'image index with attestations': index(ociIndex),
  'docker manifest list': index(dockerList),
};

export const pushComponent: Push = (registry, tag, module) =>
  pushImage(registry, tag, config('application/vnd.wasm.config.v0+json', { os: 'wasip2' }), [
    [componentLayer, module],
  ]);

/** Signs a digest as `cosign sign --key` does. `told`: the digest that the payload names. */
export async function signImage(
  registry: Registry,
  digest: string,
  key: KeyObject,
  told = digest,
): Promise<void> {
  const payload = text({
    critical: {
      identity: { 'docker-reference': '' },
      image: { 'docker-manifest-digest': told },
      type: 'cosign container image signature',
    },
    optional: null,
  });
  const signature = sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', payload, key);
  const layer = await pushBlob(registry, simpleSigning, payload);
  const annotations = { 'dev.cosignproject.cosign/signature': signature.toString('base64') };
  const manifest = {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: await pushBlob(registry, ...image),
    layers: [{ ...layer, annotations }],
  };
  await pushManifest(registry, `${digest.replace(':', '-')}.sig`, ociManifest, manifest);
}

/** What is a signature of one image under the tag for those of another. */
export async function copySignatures(registry: Registry, from: string, to: string): Promise<void> {
  const tag = (digest: string): string => `${digest.replace(':', '-')}.sig`;
  const manifest = await registry.manifest(await registry.resolve(tag(from)));
  await pushManifest(registry, tag(to), ociManifest, JSON.parse(Buffer.from(manifest).toString()) as object);
}
