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
  let hasOthers = false;
  for (const digest of digests) {
    let signatures: readonly Descriptor[];
    try {
      signatures = await signaturesOf(repository, digest);
    } catch (error) {
      if (!(error instanceof SupplyError) || error.reason !== 'NotFound') throw error;
      continue;
    }
    for (const layer of signatures) {
      if (layer.size > 64 * 1024) continue;
      const payload = await repository.blob(layer);
      const signature = Buffer.from(layer.annotations?.[annotation] ?? '', 'base64');
      if (signs(payload, digest) && publicKeys.some((key) => isSigned(payload, signature, key))) return;
    }
    hasOthers = true;
  }
  throw new SupplyError('SignatureInvalid', hasOthers ? notByThese(publicKeys) : notSigned(digests[0] ?? ''));
}

/** The tag of cosign's signatures of that manifest. */
const tagOf = (digest: string): string => `${digest.replace(':', '-')}.sig`;

/** Since 3.0 cosign writes bundles, which are found in another way, unless it is told not to. */
const notSigned = (digest: string): string =>
  `the image is not signed: there is no tag ${tagOf(digest)}, as cosign sign makes it with --new-bundle-format=false --use-signing-config=false`;

function notByThese(keys: readonly KeyObject[]): string {
  const hint = keys.some(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519')
    ? '; cosign signs Ed25519ph with an Ed25519 key, which is not read: take ECDSA or RSA'
    : '';
  return `no signature of the image was made with the public key${hint}`;
}

async function signaturesOf(repository: Repository, digest: string): Promise<readonly Descriptor[]> {
  const at = await repository.resolve(tagOf(digest));
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

/** cosign takes the hash of the curve's strength; before 2.6 it took SHA-256 for each. */
function hashesOf({ asymmetricKeyDetails }: KeyObject): readonly string[] {
  switch (asymmetricKeyDetails?.namedCurve) {
    case 'secp384r1':
      return ['sha384', 'sha256'];
    case 'secp521r1':
      return ['sha512', 'sha256'];
    default:
      return ['sha256'];
  }
}

function isSigned(payload: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  try {
    switch (key.asymmetricKeyType) {
      case 'ed25519':
        return verify(null, payload, key, signature);
      case 'ec':
        return hashesOf(key).some((hash) => verify(hash, payload, { key, dsaEncoding: 'der' }, signature));
      case 'rsa':
        return verify('sha256', payload, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
      default:
        return false;
    }
  } catch {
    return false;
  }
}
