import { X509Certificate } from 'node:crypto';
import { alerts, tlsError } from '../errors.ts';
import { offeredSchemes, schemesOf, verifyTranscript } from './identity.ts';
import {
  extension,
  extensionTypes,
  message,
  messageTypes,
  tlsReader,
  uint16,
  vector16,
  vector8,
} from './messages.ts';

/** Who says which certificates of clients are believed. */
export interface ClientVerifier {
  /** A client without a certificate does not get in. */
  readonly isRequired: boolean;
  /** `chain`: that of the client first. @returns why it is not believed, for logs */
  problem(chain: readonly X509Certificate[]): string | undefined;
}

const schemeBytes = (ids: readonly number[]): Buffer => vector16(Buffer.concat(ids.map(uint16)));
/** PKCS #1, which authorities still sign with, but no handshake does. */
const rsaPkcs1 = [0x0401, 0x0501, 0x0601] as const;

/** RFC 8446 section 4.3.2. */
const certificateRequest = message(
  messageTypes.certificateRequest,
  vector8(),
  vector16(
    extension(extensionTypes.signatureAlgorithms, schemeBytes(offeredSchemes)),
    extension(extensionTypes.signatureAlgorithmsCert, schemeBytes([...offeredSchemes, ...rsaPkcs1])),
  ),
);

/** The certificate of a client, and the proof that it has the key of it (RFC 8446 sections 4.4.2 and 4.4.3). */
export class ClientProof {
  readonly request = certificateRequest;
  /** Believed and proven. */
  certificate: X509Certificate | undefined;
  /** Why the client was turned away. */
  problem: string | undefined;
  readonly #verifier: ClientVerifier;
  #shown: X509Certificate | undefined;

  constructor(verifier: ClientVerifier) {
    this.#verifier = verifier;
  }

  /** The message Certificate. @returns whether CertificateVerify must follow: the client has one. */
  show(bytes: Buffer): boolean {
    const reader = tlsReader(bytes.subarray(4));
    if (reader.vector8().left > 0) throw tlsError(alerts.illegalParameter, 'a certificate_request_context');
    const entries = reader.vector24();
    reader.finish();
    const chain: X509Certificate[] = [];
    while (entries.left > 0) {
      chain.push(this.#read(entries.vector24().rest()));
      entries.vector16();
    }
    [this.#shown] = chain;
    if (!this.#shown) {
      if (this.#verifier.isRequired) throw this.#turnAway(alerts.certificateRequired, 'no certificate');
      return false;
    }
    const problem = this.#verifier.problem(chain);
    if (problem !== undefined) throw this.#turnAway(alerts.badCertificate, problem);
    return true;
  }

  /** The message CertificateVerify; `transcript`: the hash of all before it. */
  prove(bytes: Buffer, transcript: Buffer): void {
    const reader = tlsReader(bytes.subarray(4));
    const id = reader.u16();
    const signature = reader.vector16().rest();
    reader.finish();
    const shown = this.#shown as X509Certificate;
    const scheme = schemesOf(shown.publicKey).find((one) => one.id === id);
    if (!scheme) throw this.#turnAway(alerts.illegalParameter, 'a signature of another kind than its key');
    if (!verifyTranscript(shown.publicKey, scheme, transcript, signature))
      throw this.#turnAway(alerts.decryptError, 'a wrong signature');
    this.certificate = shown;
  }

  #read(der: Buffer): X509Certificate {
    try {
      return new X509Certificate(der);
    } catch (error) {
      throw this.#turnAway(alerts.badCertificate, (error as Error).message);
    }
  }

  #turnAway(alert: number, problem: string): Error {
    this.problem = problem;
    return tlsError(alert, problem);
  }
}
