import type { Stream } from '../../quic/streams/stream.ts';
import { h3Codes, Http3ConnectionError } from './codes.ts';
import { frame, h3FrameTypes, h3Settings, h3StreamTypes, isOfHttp2, peekVarint, varints } from './frames.ts';

/** No frame of a control stream is longer that means anything to a server. */
const maxControlFrame = 4096;

const unexpected = (reason: string): Http3ConnectionError =>
  new Http3ConnectionError(h3Codes.frameUnexpected, reason);

/** What this side says on its control stream first (RFC 9114 section 7.2.4): no dynamic table, extended CONNECT. */
export const ownSettings = (maxHeaderBytes: number): Buffer =>
  Buffer.concat([
    varints(h3StreamTypes.control),
    frame(
      h3FrameTypes.settings,
      varints(
        h3Settings.qpackMaxTableCapacity,
        0,
        h3Settings.maxFieldSectionSize,
        maxHeaderBytes,
        h3Settings.qpackBlockedStreams,
        0,
        h3Settings.enableConnectProtocol,
        1,
      ),
    ),
  ]);

/** Requests from that stream on were not looked at (RFC 9114 section 7.2.6). */
export const goawayFrame = (firstUnseen: number): Buffer => frame(h3FrameTypes.goaway, varints(firstUnseen));

/** The streams of one direction that a client opens (RFC 9114 section 6.2, RFC 9204 section 4.2). */
export class QuicControlStreams {
  readonly #seen = new Set<number>();
  readonly #broken: (error: unknown) => void;
  #hasSettings = false;
  #maxPushId = -1;

  /** `broken` ends the connection. */
  constructor(broken: (error: unknown) => void) {
    this.#broken = broken;
  }

  accept(stream: Stream): void {
    let type: number | undefined;
    let held: Buffer = Buffer.alloc(0);
    const guarded = (work: () => void) => (): void => {
      try {
        work();
      } catch (error) {
        this.#broken(error);
      }
    };
    const read = guarded(() => {
      const { receiving } = stream;
      for (let piece = receiving?.read(); piece; piece = receiving?.read()) {
        held = held.length === 0 ? piece : Buffer.concat([held, piece]);
        if (type === undefined) {
          const found = peekVarint(held, 0);
          if (!found) continue;
          type = found.value;
          held = held.subarray(found.next);
          if (!this.#begin(type)) return stream.receiving?.stop(h3Codes.streamCreation);
        }
        held = this.#take(type, held);
      }
      if (receiving?.hasEnded) {
        receiving.finish();
        this.#ended(type);
      }
    });
    stream.listener = {
      readable: read,
      peerReset: guarded(() => this.#ended(type)),
      stopped: () => undefined,
      drained: () => undefined,
      closed: () => undefined,
    };
  }

  /** @returns false for a stream of no known type, which nobody reads (RFC 9114 section 6.2.3) */
  #begin(type: number): boolean {
    // Only servers push.
    if (type === h3StreamTypes.push)
      throw new Http3ConnectionError(h3Codes.streamCreation, 'a push stream of a client');
    if (type > h3StreamTypes.qpackDecoder) return false;
    if (this.#seen.has(type))
      throw new Http3ConnectionError(h3Codes.streamCreation, `two streams of type ${type}`);
    this.#seen.add(type);
    return true;
  }

  /** @returns what is left */
  #take(type: number, bytes: Buffer): Buffer {
    if (type === h3StreamTypes.control) return this.#frames(bytes);
    if (bytes.length === 0) return bytes;
    if (type === h3StreamTypes.qpackDecoder) return decoderInstructions(bytes);
    // A table of no size may be set to have none, and nothing can be put into it (RFC 9204 section 4.3).
    if (bytes.some((byte) => byte !== 0x20))
      throw new Http3ConnectionError(h3Codes.qpackEncoderStream, 'an entry for a table of no size');
    return bytes.subarray(bytes.length);
  }

  #frames(all: Buffer): Buffer {
    let bytes = all;
    for (;;) {
      const type = peekVarint(bytes, 0);
      const length = type && peekVarint(bytes, type.next);
      if (!type || !length) return bytes;
      if (length.value > maxControlFrame)
        throw new Http3ConnectionError(h3Codes.excessiveLoad, 'a long control frame');
      const end = length.next + length.value;
      if (bytes.length < end) return bytes;
      this.#frame(type.value, bytes.subarray(length.next, end));
      bytes = bytes.subarray(end);
    }
  }

  #frame(type: number, payload: Buffer): void {
    if (!this.#hasSettings && type !== h3FrameTypes.settings)
      throw new Http3ConnectionError(h3Codes.missingSettings, 'another frame before SETTINGS');
    if (type === h3FrameTypes.settings) {
      if (this.#hasSettings) throw unexpected('SETTINGS twice');
      this.#hasSettings = true;
      readSettings(payload);
    } else if (type === h3FrameTypes.maxPushId) {
      const id = onlyInteger(payload);
      if (id < this.#maxPushId) throw new Http3ConnectionError(h3Codes.idError, 'MAX_PUSH_ID that goes back');
      this.#maxPushId = id;
    } else if (type === h3FrameTypes.cancelPush) {
      onlyInteger(payload);
      throw new Http3ConnectionError(h3Codes.idError, 'nothing was pushed');
    } else if (type === h3FrameTypes.goaway) onlyInteger(payload);
    else if (type === h3FrameTypes.data || type === h3FrameTypes.headers || type === h3FrameTypes.pushPromise)
      throw unexpected(`frame ${type} on the control stream`);
    else if (isOfHttp2(type)) throw unexpected(`frame ${type} of HTTP/2`);
  }

  /** The control stream and those of QPACK stay open as long as the connection (RFC 9114 section 6.2.1). */
  #ended(type: number | undefined): void {
    if (type !== undefined && this.#seen.has(type))
      throw new Http3ConnectionError(h3Codes.closedCriticalStream, `the end of the stream of type ${type}`);
  }
}

function onlyInteger(payload: Buffer): number {
  const found = peekVarint(payload, 0);
  if (!found || found.next !== payload.length)
    throw new Http3ConnectionError(h3Codes.frameError, 'not one integer');
  return found.value;
}

/** Checks them: none of them changes what this server sends. */
function readSettings(payload: Buffer): void {
  const seen = new Set<number>();
  for (let at = 0; at < payload.length;) {
    const id = peekVarint(payload, at);
    const value = id && peekVarint(payload, id.next);
    if (!id || !value) throw new Http3ConnectionError(h3Codes.frameError, 'SETTINGS that end within one');
    if (seen.has(id.value))
      throw new Http3ConnectionError(h3Codes.settingsError, `setting ${id.value} twice`);
    seen.add(id.value);
    // Those of HTTP/2 (RFC 9114 section 7.2.4.1).
    if (id.value >= 0x02 && id.value <= 0x05)
      throw new Http3ConnectionError(h3Codes.settingsError, `setting ${id.value}`);
    if (id.value === h3Settings.enableConnectProtocol && value.value > 1)
      throw new Http3ConnectionError(h3Codes.settingsError, 'ENABLE_CONNECT_PROTOCOL');
    at = value.next;
  }
}

/** Cancelled streams may be told; there is no section to acknowledge and no insertion to count (RFC 9204 section 4.4). */
function decoderInstructions(bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.length;) {
    if (((bytes[at] as number) & 0xc0) !== 0x40)
      throw new Http3ConnectionError(h3Codes.qpackDecoderStream, 'an acknowledgement of nothing');
    let next = at + 1;
    if (((bytes[at] as number) & 0x3f) === 0x3f) {
      while (next < bytes.length && (bytes[next] as number) & 0x80) next++;
      if (next >= bytes.length) return bytes.subarray(at);
      next++;
    }
    at = next;
  }
  return bytes.subarray(bytes.length);
}
