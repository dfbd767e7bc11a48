/** RFC 9114 section 8.1 and RFC 9204 section 6. */
export const h3Codes = {
  noError: 0x0100,
  generalProtocolError: 0x0101,
  internalError: 0x0102,
  streamCreation: 0x0103,
  closedCriticalStream: 0x0104,
  frameUnexpected: 0x0105,
  frameError: 0x0106,
  excessiveLoad: 0x0107,
  idError: 0x0108,
  settingsError: 0x0109,
  missingSettings: 0x010a,
  requestRejected: 0x010b,
  requestCancelled: 0x010c,
  requestIncomplete: 0x010d,
  messageError: 0x010e,
  connectError: 0x010f,
  qpackDecompressionFailed: 0x0200,
  qpackEncoderStream: 0x0201,
  qpackDecoderStream: 0x0202,
} as const;

/** Ends the connection with that code. */
export class Http3ConnectionError extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.name = 'Http3ConnectionError';
    this.code = code;
  }
}

/** Resets one stream with that code. */
export class Http3StreamError extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.name = 'Http3StreamError';
    this.code = code;
  }
}
