import {
  createPublicKey,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { alerts, tlsError } from '../errors.ts';

/** One group of RFC 8446 section 4.2.7: what the server sends, and what both then know. */
export interface Agreement {
  readonly share: Buffer;
  readonly secret: Buffer;
}

interface Group {
  readonly id: number;
  readonly shareBytes: number;
  agree(clientShare: Buffer): Agreement;
}

const rawPublic = { format: 'raw-public' } as const;

/** Throws an alert for what is no point of the curve, or one that gives away the secret (RFC 7748 section 6.1). */
export function x25519Secret(privateKey: KeyObject, clientShare: Buffer): Buffer {
  return guarded(() =>
    diffieHellman({
      privateKey,
      publicKey: createPublicKey({ key: clientShare, asymmetricKeyType: 'x25519', ...rawPublic }),
    }),
  );
}

function guarded<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    throw tlsError(alerts.illegalParameter, `key share: ${(error as Error).message}`);
  }
}

const x25519: Group = {
  id: 0x001d,
  shareBytes: 32,
  agree: (clientShare) => {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    return { share: publicKey.export(rawPublic), secret: x25519Secret(privateKey, clientShare) };
  },
};

const nist = (id: number, namedCurve: string, shareBytes: number): Group => ({
  id,
  shareBytes,
  agree: (clientShare) =>
    guarded(() => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
      const theirs = createPublicKey({
        key: clientShare,
        asymmetricKeyType: 'ec',
        namedCurve,
        ...rawPublic,
      });
      return {
        share: publicKey.export({ ...rawPublic, type: 'uncompressed' }),
        secret: diffieHellman({ privateKey, publicKey: theirs }),
      };
    }),
});

const encapsulationKeyBytes = 1184;

/** X25519MLKEM768: the share of ML-KEM-768 first, and its secret first (draft-ietf-tls-ecdhe-mlkem). */
const hybrid: Group = {
  id: 0x11ec,
  shareBytes: encapsulationKeyBytes + x25519.shareBytes,
  agree: (clientShare) => {
    const classic = x25519.agree(clientShare.subarray(encapsulationKeyBytes));
    const key = clientShare.subarray(0, encapsulationKeyBytes);
    const { ciphertext, sharedKey } = guarded(() =>
      encapsulate(createPublicKey({ key, asymmetricKeyType: 'ml-kem-768', ...rawPublic })),
    );
    return {
      share: Buffer.concat([ciphertext, classic.share]),
      secret: Buffer.concat([sharedKey, classic.secret]),
    };
  },
};

/** In the order of preference, the same as that of TLS over TCP. */
const groups: readonly Group[] = [hybrid, x25519, nist(0x0017, 'P-256', 65), nist(0x0018, 'P-384', 97)];

/**
 * The group to use with a client that supports `supported` and has sent `shares`; with `retry` when it has to send another share first
 * (RFC 8446 section 4.1.1). Undefined where there is none in common.
 */
export function chooseGroup(
  supported: readonly number[],
  shares: ReadonlyMap<number, Buffer>,
): { readonly group: Group; readonly retry: boolean } | undefined {
  const common = groups.filter(({ id }) => supported.includes(id));
  const sent = common.find(({ id }) => shares.has(id));
  const group = sent ?? common[0];
  return group && { group, retry: !sent };
}

/** Throws an alert for a share that is none. */
export function agree(group: Group, clientShare: Buffer): Agreement {
  if (clientShare.length !== group.shareBytes)
    throw tlsError(alerts.illegalParameter, 'a key share of a wrong length');
  return group.agree(clientShare);
}
