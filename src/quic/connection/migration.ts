import type { ByteWriter } from '../coding/writer.ts';
import { frameTypes } from '../frames/types.ts';
import { isSameAddress, Path, type UdpAddress } from './path.ts';

interface MigrationParts {
  /** Sends a datagram with those frames there. */
  probe(path: Path, write: (writer: ByteWriter) => void): void;
  /** The client is at another host now: what is known of the way there no longer holds (RFC 9000 section 9.4). */
  restart(): void;
  /** How long an answer may take, in milliseconds. */
  timeout(): number;
}

const challengeFrame =
  (data: Buffer) =>
  (writer: ByteWriter): void => {
    writer.u8(frameTypes.pathChallenge);
    writer.raw(data);
  };
const responseFrame =
  (data: Buffer) =>
  (writer: ByteWriter): void => {
    writer.u8(frameTypes.pathResponse);
    writer.raw(data);
  };

/** Follows the client from address to address (RFC 9000 section 9): NATs forget, phones change networks. */
export class Migration {
  current: Path;
  /** The way to go back to when the client is not where it seems to be. */
  #before: Path | undefined;
  /** Where the client looks whether there is a way, without using it. */
  #tried: Path | undefined;
  readonly #parts: MigrationParts;

  constructor(first: Path, parts: MigrationParts) {
    this.current = first;
    this.#parts = parts;
  }

  /** The path that a datagram came by. */
  of(remote: UdpAddress): Path {
    for (const path of [this.current, this.#before, this.#tried])
      if (path && isSameAddress(path.remote, remote)) return path;
    return (this.#tried = new Path(remote, false));
  }

  /** The newest packet came by that path, and it was not only to try it. */
  follow(path: Path, now: number): void {
    if (path === this.current) return;
    const before = this.current;
    const isMove = path.remote.address !== before.remote.address;
    this.current = path;
    if (this.#tried === path) this.#tried = undefined;
    // It may have come back.
    this.#before = before.isValidated ? before : this.#before;
    if (this.#before === path) this.#before = undefined;
    if (isMove) this.#parts.restart();
    if (!path.isValidated) this.#challenge(path, now);
    // Who copies packets and is faster must not be believed against the client (section 9.3.3).
    if (this.#before) this.#challenge(this.#before, now);
  }

  /** PATH_CHALLENGE: answered the way it came (section 8.2.2). */
  answerChallenge(path: Path, data: Buffer): void {
    this.#parts.probe(path, responseFrame(Buffer.from(data)));
    if (path === this.#tried && !path.isValidated) this.#parts.probe(path, challengeFrame(path.challenge()));
  }

  /** PATH_RESPONSE */
  receiveResponse(data: Buffer): void {
    for (const path of [this.current, this.#before, this.#tried]) if (path?.answer(data)) return;
  }

  get deadline(): number {
    return this.current.failsAt;
  }

  /** @returns false when there is no way left */
  check(now: number): boolean {
    if (now < this.current.failsAt) return true;
    if (!this.#before) return false;
    this.current = this.#before;
    this.#before = undefined;
    return true;
  }

  #challenge(path: Path, now: number): void {
    if (!path.isValidated) path.failsAt = now + 3 * this.#parts.timeout();
    this.#parts.probe(path, challengeFrame(path.challenge()));
    // One may be lost.
    this.#parts.probe(path, challengeFrame(path.challenge()));
  }
}
