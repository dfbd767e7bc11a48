import { SupplyError } from '../supply-error.ts';
import { isDigest } from './digest.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

/** An image manifest or an image index, of OCI or docker. */
export type Manifest =
  | { readonly kind: 'image'; readonly config?: Descriptor; readonly layers: readonly Descriptor[] }
  | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] };

/** Throws a SupplyError for what is neither. */
export function parseManifest(bytes: Uint8Array): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    value = undefined;
  }
  const { schemaVersion, manifests, layers, config } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (schemaVersion === 1)
    throw new SupplyError(
      'InvalidModule',
      'the image has the manifest format of docker before 1.10, which is not read',
    );
  if (Array.isArray(manifests)) return { kind: 'index', manifests: manifests.map(toDescriptor) };
  if (!Array.isArray(layers))
    throw new SupplyError('InvalidModule', 'the registry has no image manifest under that name');
  return {
    kind: 'image',
    layers: layers.map(toDescriptor),
    ...(config === undefined ? {} : { config: toDescriptor(config) }),
  };
}

function toDescriptor(value: unknown): Descriptor {
  const descriptor = (value ?? {}) as Partial<Descriptor>;
  const { mediaType, digest, size } = descriptor;
  if (typeof mediaType !== 'string' || !isDigest(digest) || typeof size !== 'number')
    throw new SupplyError(
      'InvalidModule',
      'the manifest has a part without media type, sha256 digest or size',
    );
  return { ...descriptor, mediaType, digest, size };
}

/**
 * The image of an index that holds the module: the one for wasm, else the first that is for a platform. Attestations, which
 * builders put beside the image, have the platform unknown/unknown.
 */
export function chooseImage(manifests: readonly Descriptor[]): Descriptor {
  const images = manifests.filter(
    ({ platform, annotations }) =>
      platform?.os !== 'unknown' && annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest',
  );
  const chosen = images.find(({ platform }) => platform?.architecture?.startsWith('wasm')) ?? images[0];
  if (!chosen) throw new SupplyError('InvalidModule', 'the image index lists no image');
  return chosen;
}
