import { createPrivateKey, createPublicKey, sign as signText, verify, type KeyObject } from 'node:crypto';
import { bytesOf, readMessage, writeMessage, type Message } from '../abi/protobuf.ts';
import { status } from '../abi/status.ts';
import type { ForeignFunction } from './foreign-function.ts';

/** Those of Envoy's crypto utility. */
const hashes: ReadonlySet<string> = new Set(['sha1', 'sha224', 'sha256', 'sha384', 'sha512']);

/** Throws an Error for people. */
function hashOf(message: Message): string {
  const name = bytesOf(message, 1).toString().toLowerCase();
  if (!hashes.has(name)) throw new Error(`${name} is not supported.`);
  return name;
}

/** RSA (PKCS #1 v1.5) and ECDSA (signatures in DER), as Envoy. Node throws for a key that does not take a hash. */
function checked(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec') return key;
  throw new Error(`keys of type ${key.asymmetricKeyType ?? 'unknown'} are not supported.`);
}

/** { 1 hash, 2 key as DER, 3 signature, 4 text, 5 key as PEM } to { 1 result, 2 error } */
export const verifySignature: ForeignFunction = (_host, argument) => {
  const message = readMessage(argument);
  if (!message) return status.badArgument;
  try {
    const pem = bytesOf(message, 5);
    const key =
      pem.length > 0
        ? createPublicKey(pem)
        : createPublicKey({ key: bytesOf(message, 2), format: 'der', type: 'spki' });
    const valid = verify(hashOf(message), bytesOf(message, 4), checked(key), bytesOf(message, 3));
    return writeMessage([
      [1, valid],
      [2, valid ? '' : 'the signature does not match.'],
    ]);
  } catch (error) {
    return writeMessage([[2, textOf(error)]]);
  }
};

/** { 1 hash, 2 key as PKCS #8 DER, 3 text, 4 key as PEM } to { 1 result, 2 signature, 3 error } */
export const sign: ForeignFunction = (_host, argument) => {
  const message = readMessage(argument);
  if (!message) return status.badArgument;
  try {
    const pem = bytesOf(message, 4);
    const key =
      pem.length > 0
        ? createPrivateKey(pem)
        : createPrivateKey({ key: bytesOf(message, 2), format: 'der', type: 'pkcs8' });
    return writeMessage([
      [1, true],
      [2, signText(hashOf(message), bytesOf(message, 3), checked(key))],
    ]);
  } catch (error) {
    return writeMessage([[3, textOf(error)]]);
  }
};

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
