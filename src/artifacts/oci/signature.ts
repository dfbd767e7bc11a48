import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { SupplyError } from '../supply-error.ts';
import { parseManifest, type Descriptor } from './manifest.ts';
import { simpleSigning } from './media-types.ts';
import type { Repository } from './repository.ts';

const annotation = 'dev.cosignproject.cosign/signature';
/** More than that under one tag is nobody's signatures. */
const maxSignatures = 64;

/**
 * Rejects with a SupplyError unless one of `digests` (of manifests) was signed by one of the keys (PEM). Signatures are those of
 * cosign: layers of simple signing (the payload names the digest) under the tag `sha256-<hex>.sig`, the signature in an
 * annotation.
 */
export async function checkSignature(
  repository: Repository,
  digests: readonly string[],
  keys: readonly string[],
): Promise<void> {
  const publicKeys = keys.map(toKey);
  let missing: SupplyError | undefined;
  for (const digest of digests) {
    let signatures: readonly Descriptor[];
    try {
      signatures = await signaturesOf(repository, digest);
    } catch (error) {
      if (!(error instanceof SupplyError) || error.reason !== 'NotFound') throw error;
      missing = error;
      continue;
    }
    for (const layer of signatures) {
      if (layer.size > 64 * 1024) continue;
      const payload = await repository.blob(layer);
      const signature = Buffer.from(layer.annotations?.[annotation] ?? '', 'base64');
      if (signs(payload, digest) && publicKeys.some((key) => isSigned(payload, signature, key))) return;
    }
    missing = undefined;
  }
  throw new SupplyError(
    'SignatureInvalid',
    missing ? 'the image is not signed' : 'no signature of the image was made with the public key',
  );
}

async function signaturesOf(repository: Repository, digest: string): Promise<readonly Descriptor[]> {
  const at = await repository.resolve(`${digest.replace(':', '-')}.sig`);
  const manifest = parseManifest(await repository.manifest(at));
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  return layers.filter(({ mediaType }) => mediaType === simpleSigning).slice(0, maxSignatures);
}

/** Whether the payload is about that digest: a signature of another image is no signature. */
function signs(payload: Uint8Array, digest: string): boolean {
  try {
    const { critical } = JSON.parse(Buffer.from(payload).toString()) as {
      critical?: { type?: unknown; image?: Record<string, unknown> };
    };
    return (
      critical?.type === 'cosign container image signature' &&
      critical.image?.['docker-manifest-digest'] === digest
    );
  } catch {
    return false;
  }
}

function toKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new SupplyError('SignatureInvalid', `the public key cannot be read: ${(error as Error).message}`);
  }
}

function isSigned(payload: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  try {
    switch (key.asymmetricKeyType) {
      case 'ed25519':
        return verify(null, payload, key, signature);
      case 'ec':
        return verify('sha256', payload, { key, dsaEncoding: 'der' }, signature);
      case 'rsa':
        return verify('sha256', payload, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
      default:
        return false;
    }
  } catch {
    return false;
  }
}
