import {
  createPublicKey,
  decapsulate,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { suites, type CipherSuite } from '../../../src/quic/crypto/suite.ts';
import { levels, type Level } from '../../../src/quic/levels.ts';
import { finishedMac, KeySchedule, Transcript } from '../../../src/quic/tls/key-schedule.ts';
import {
  extension,
  extensionTypes,
  message,
  messageTypes,
  tlsReader,
  uint16,
  vector16,
  vector8,
} from '../../../src/quic/tls/messages.ts';
import { ServerHandshake, type HandshakeOptions } from '../../../src/quic/tls/server-handshake.ts';

/** A key pair of the client for one group: what it sends, and what it makes of the server's answer. */
export interface ClientShare {
  readonly group: number;
  readonly bytes: Buffer;
  secret(theirs: Buffer): Buffer;
}

const raw = { format: 'raw-public' } as const;

const secretWith = (privateKey: KeyObject, asymmetricKeyType: string, theirs: Buffer): Buffer =>
  diffieHellman({
    privateKey,
    publicKey: createPublicKey({
      key: theirs,
      asymmetricKeyType,
      ...raw,
      ...namedCurve(privateKey),
    } as never),
  });

const namedCurve = ({ asymmetricKeyDetails }: KeyObject): object =>
  asymmetricKeyDetails?.namedCurve === undefined ? {} : { namedCurve: asymmetricKeyDetails.namedCurve };

export function x25519Share(): ClientShare {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return {
    group: 0x001d,
    bytes: publicKey.export(raw),
    secret: (theirs) => secretWith(privateKey, 'x25519', theirs),
  };
}

export const curveShare = (group: number, curve: string) => (): ClientShare => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const bytes = publicKey.export({ ...raw, type: 'uncompressed' });
  return { group, bytes, secret: (theirs) => secretWith(privateKey, 'ec', theirs) };
};

/** X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem): the part of ML-KEM comes first in the shares and in the secret. */
export function hybridShare(): ClientShare {
  const classic = x25519Share();
  const { privateKey, publicKey } = generateKeyPairSync('ml-kem-768');
  const ciphertextBytes = 1088;
  return {
    group: 0x11ec,
    bytes: Buffer.concat([publicKey.export(raw), classic.bytes]),
    secret: (theirs) =>
      Buffer.concat([
        decapsulate(privateKey, theirs.subarray(0, ciphertextBytes)),
        classic.secret(theirs.subarray(ciphertextBytes)),
      ]),
  };
}

const retryRandom = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';
const list = (values: readonly number[]): Buffer => Buffer.concat(values.map(uint16));

/** The client's side of a handshake as RFC 8446 has it, to see whether the server comes to the same secrets. */
export class TlsClient {
  readonly #server: ServerHandshake;
  readonly #said: Record<Level, Buffer[]> = { 0: [], 1: [], 2: [] };
  #suite: CipherSuite | undefined;
  #transcript: Transcript | undefined;
  #random = randomBytes(32);
  isComplete = false;

  constructor(options: HandshakeOptions) {
    this.#server = new ServerHandshake(options, {
      exchangeParameters: () => Buffer.alloc(0),
      send: (level, bytes) => void this.#said[level].push(bytes),
      handshakeKeys: () => undefined,
      applicationKeys: () => undefined,
      complete: () => (this.isComplete = true),
    });
  }

  get server(): ServerHandshake {
    return this.#server;
  }

  /** Says hello. @returns the group that a HelloRetryRequest asks a share of; undefined: none is asked for */
  hello(groups: readonly number[], shares: readonly ClientShare[], offered = [0x1301]): number | undefined {
    const hello = message(
      messageTypes.clientHello,
      uint16(0x0303),
      this.#random,
      vector8(),
      vector16(list(offered)),
      vector8(Buffer.from([0])),
      vector16(
        extension(extensionTypes.supportedVersions, vector8(uint16(0x0304))),
        extension(extensionTypes.supportedGroups, vector16(list(groups))),
        extension(
          extensionTypes.keyShare,
          vector16(...shares.flatMap(({ group, bytes }) => [uint16(group), vector16(bytes)])),
        ),
        extension(extensionTypes.signatureAlgorithms, vector16(list([0x0403]))),
        extension(extensionTypes.alpn, vector16(vector8(Buffer.from('h3')))),
        extension(extensionTypes.quicParameters),
      ),
    );
    this.#server.receive(levels.initial, hello);
    const answer = this.#said[levels.initial].at(-1) as Buffer;
    this.#suite ??= suites.get(answer.readUInt16BE(39)) as CipherSuite;
    const transcript = (this.#transcript ??= new Transcript(this.#suite));
    transcript.add(hello);
    const isRetry = answer.subarray(6, 38).toString('hex') === retryRandom;
    if (isRetry) transcript.replaceByItsHash();
    transcript.add(answer);
    return isRetry ? tlsReader(keyShareOf(answer)).u16() : undefined;
  }

  /** Reads what the server says behind its hello, and finishes. Throws where its Finished is another than it should be. */
  finish(shares: readonly ClientShare[]): void {
    const [suite, transcript] = [this.#suite as CipherSuite, this.#transcript as Transcript];
    const reader = tlsReader(keyShareOf(this.#said[levels.initial].at(-1) as Buffer));
    const group = reader.u16();
    const share = shares.find((one) => one.group === group) as ClientShare;
    const schedule = new KeySchedule(suite);
    schedule.toHandshake(share.secret(reader.vector16().rest()));
    const hellos = transcript.digest();
    const [ours, theirs] = [schedule.derive('c hs traffic', hellos), schedule.derive('s hs traffic', hellos)];
    for (const said of this.#said[levels.handshake]) {
      const isFinished = said[0] === messageTypes.finished;
      const mac = isFinished ? finishedMac(suite, theirs, transcript.digest()) : undefined;
      if (mac && !said.subarray(4).equals(mac)) throw new Error('another Finished than it should be');
      transcript.add(said);
    }
    this.#server.receive(
      levels.handshake,
      message(messageTypes.finished, finishedMac(suite, ours, transcript.digest())),
    );
  }
}

/** Of a ServerHello without a session id. */
function keyShareOf(hello: Buffer): Buffer {
  const extensions = tlsReader(hello.subarray(42)).vector16();
  while (extensions.left > 0) {
    const type = extensions.u16();
    const bytes = extensions.vector16().rest();
    if (type === extensionTypes.keyShare) return bytes;
  }
  throw new Error('no key share');
}
