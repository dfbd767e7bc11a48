import { SupplyError } from '../supply-error.ts';
import { unpackModule } from '../unpack.ts';
import { chooseImage, parseManifest, type Descriptor } from './manifest.ts';
import { componentLayer } from './media-types.ts';
import type { Repository } from './repository.ts';

/** An image whose layers are known and not yet read. */
export interface Image {
  /** Of the image manifest, and before it that of the index through which it was found. */
  readonly digests: readonly string[];
  readonly layers: readonly Descriptor[];
}

/** Follows an index to its image. Rejects with a SupplyError. */
export async function selectImage(repository: Repository, digest: string): Promise<Image> {
  const top = parseManifest(await repository.manifest(digest));
  if (top.kind === 'image') return { digests: [digest], layers: top.layers };
  const chosen = chooseImage(top.manifests);
  const inner = parseManifest(await repository.manifest(chosen.digest));
  if (inner.kind === 'index') throw new SupplyError('InvalidModule', 'the image index lists another index');
  return { digests: [digest, chosen.digest], layers: inner.layers };
}

/** Layers that are a module as they stand: of the CNCF, solo.io and Istio, and wasm-to-oci layouts. */
const isModule = ({ mediaType }: Descriptor): boolean =>
  mediaType === 'application/wasm' || mediaType.endsWith('+wasm');

/** File systems of docker and OCI images. */
const isArchive = ({ mediaType }: Descriptor): boolean => /\btar\b/.test(mediaType);

/** The module of an image, in any layout that is in use; docs/plugin-sources.md lists them. Rejects with a SupplyError. */
export async function readModule(repository: Repository, { layers }: Image): Promise<Uint8Array> {
  if (layers.some(({ mediaType }) => mediaType === componentLayer)) {
    throw new SupplyError(
      'InvalidModule',
      'the image holds a WebAssembly component; Proxy-Wasm plugins are core modules',
    );
  }
  const [module] = layers.filter(isModule);
  const candidates = module ? [module] : layers.filter(isArchive).toReversed();
  for (const layer of candidates) {
    const bytes = await unpackModule(await repository.blob(layer));
    if (bytes) return bytes;
  }
  const types = layers.map(({ mediaType }) => mediaType).join(', ') || 'none';
  throw new SupplyError(
    'InvalidModule',
    candidates.length > 0
      ? 'the image has no plugin.wasm in its layers'
      : `the image has no layer with a module; the types of its layers: ${types}`,
  );
}
