/** Codes of RFC 9000 section 20.1. TLS alerts are `crypto` plus the alert (RFC 9001 section 4.8). */
export const transportCodes = {
  none: 0x00,
  internal: 0x01,
  connectionRefused: 0x02,
  flowControl: 0x03,
  streamLimit: 0x04,
  streamState: 0x05,
  finalSize: 0x06,
  frameEncoding: 0x07,
  transportParameter: 0x08,
  connectionIdLimit: 0x09,
  protocolViolation: 0x0a,
  invalidToken: 0x0b,
  application: 0x0c,
  cryptoBufferExceeded: 0x0d,
  keyUpdate: 0x0e,
  aeadLimitReached: 0x0f,
  noViablePath: 0x10,
  crypto: 0x0100,
} as const;

/** Ends the connection with CONNECTION_CLOSE of the transport. The reason is for logs and is not sent. */
export class TransportError extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.name = 'TransportError';
    this.code = code;
  }
}

/** Alerts of RFC 8446 section 6 that this server sends. */
export const alerts = {
  unexpectedMessage: 10,
  handshakeFailure: 40,
  badCertificate: 42,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  internalError: 80,
  missingExtension: 109,
  unrecognizedName: 112,
  certificateRequired: 116,
  noApplicationProtocol: 120,
} as const;

/** A TLS alert as QUIC carries it. */
export const tlsError = (alert: number, reason: string): TransportError =>
  new TransportError(transportCodes.crypto + alert, reason);
