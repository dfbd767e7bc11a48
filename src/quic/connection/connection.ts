import type { Living } from '../../structures/live-set.ts';
import { initialKeys } from '../crypto/initial-keys.ts';
import { transportCodes, TransportError } from '../errors.ts';
import { readFrames } from '../frames/read.ts';
import { frameTypes } from '../frames/types.ts';
import { integersFrame, newTokenFrame } from '../frames/write.ts';
import { levels, type Level } from '../levels.ts';
import { LossDetection } from '../recovery/loss-detection.ts';
import { StreamTable } from '../streams/stream-table.ts';
import { ServerHandshake } from '../tls/server-handshake.ts';
import { Alarm } from './alarm.ts';
import { Closing } from './closing.ts';
import { OwnIds, PeerIds } from './connection-ids.ts';
import { EarlyDatagrams } from './early-datagrams.ts';
import { ended, timeout } from './ends.ts';
import { FrameHandler } from './frame-handler.ts';
import { handshakeSink } from './handshake-sink.ts';
import { IdleClock } from './idle-clock.ts';
import { Migration } from './migration.ts';
import type {
  ConnectionEnd,
  ConnectionHost,
  ConnectionListener,
  ConnectionOptions,
  ConnectionSeed,
} from './options.ts';
import { Outbox } from './outbox.ts';
import { openPacket } from './packet-receiver.ts';
import { leastBudget, type PacketSender } from './packet-sender.ts';
import { makeSpaces, type Spaces } from './packet-space.ts';
import { Path, type UdpAddress } from './path.ts';
import { senderOf } from './sender-of.ts';
import { readClientParameters, type ClientParameters } from './transport-parameters.ts';
import { tableEvents } from './table-events.ts';

/** What acknowledgements may wait at most: the default (RFC 9000 section 18.2). */
const maxAckDelayMs = 25;

/** One QUIC connection, on the server's side (RFC 9000). Time is that of `performance.now()`. */
export class Connection implements Living {
  place: number | undefined;
  /** It is to be asked, before the loop goes on, for what it has to send. */
  isAwake = false;
  readonly handshake: ServerHandshake;
  readonly local: UdpAddress;
  readonly streams: StreamTable;
  readonly loss = new LossDetection(1200);
  readonly outbox: Outbox;
  readonly ownIds: OwnIds;
  readonly peerIds: PeerIds;
  readonly migration: Migration;
  readonly spaces: Spaces = makeSpaces();
  client: ClientParameters = readClientParameters(Buffer.alloc(0));
  readonly #host: ConnectionHost;
  readonly #sender: PacketSender;
  readonly #frames: FrameHandler;
  readonly #source: Buffer;
  #listener: ConnectionListener | undefined;
  readonly #early = new EarlyDatagrams();
  #isComplete = false;
  #closing: Closing | undefined;
  readonly #idle: IdleClock;
  readonly #handshakeAt: number;
  #lastDestination: Buffer | undefined;
  readonly #alarm = new Alarm(() => this.#due());

  constructor(seed: ConnectionSeed, options: ConnectionOptions, host: ConnectionHost, now: number) {
    const { id, resetToken } = host.issue(this);
    this.#source = id;
    this.#host = host;
    this.local = seed.local;
    this.#idle = new IdleClock(options.maxIdleMs, now);
    this.#handshakeAt = now + options.handshakeTimeoutMs;
    const wake = (): void => host.wake(this);
    this.outbox = new Outbox(wake);
    const registry = { issue: () => host.issue(this), retire: (old: Buffer) => host.retire(old) };
    this.ownIds = new OwnIds(registry, id, (write) => this.outbox.post(write));
    this.peerIds = new PeerIds(Buffer.from(seed.peerId), (sequence) =>
      this.outbox.post(integersFrame(frameTypes.retireConnectionId, sequence), {
        acked: () => this.peerIds.retired(),
      }),
    );
    this.streams = new StreamTable(
      options.streams,
      tableEvents(this.outbox, {
        opened: (stream) => this.#listener?.opened(stream),
        ready: (stream) => {
          this.#sender.enqueue(stream);
          wake();
        },
      }),
    );
    this.migration = new Migration(new Path(seed.remote, seed.isAddressValidated), {
      probe: (path, write) => this.#sender.probe(path, performance.now(), write),
      restart: () => {
        this.loss.restart();
        this.#sender.sizes.restart();
      },
      timeout: () => this.loss.probeTimeout,
    });
    this.#sender = senderOf(this, seed, host, id);
    const keys = initialKeys(seed.retrySource ?? seed.originalDestination);
    const [initial] = this.spaces.all;
    initial.read = keys.client;
    initial.write = keys.server;
    this.handshake = new ServerHandshake(
      options.handshake,
      handshakeSink(this, { seed, options, id, resetToken, complete: () => this.#complete() }),
    );
    this.#frames = new FrameHandler(this, (end) => this.#drain(end));
  }

  /** What the client says of itself. */
  meet(client: ClientParameters): void {
    this.client = client;
    this.#idle.clientMs = client.maxIdleTimeout;
    this.loss.maxAckDelay = client.maxAckDelay;
    this.#sender.sizes.limit(client.maxUdpPayload);
    this.streams.setPeerLimits(client);
  }

  get remote(): UdpAddress {
    return this.migration.current.remote;
  }

  /** A datagram of which the first packet is for this connection. What is in it may be overwritten. */
  receive(datagram: Buffer, from: UdpAddress, now: number): void {
    if (this.#closing) return this.#closing.receive();
    const path = this.migration.of(from);
    path.received += datagram.length;
    try {
      for (let at = 0; at < datagram.length && !this.#closing;) at = this.#packet(datagram, at, path, now);
    } catch (error) {
      this.#failed(error);
    }
    this.#host.wake(this);
  }

  /** Sends what there is, and sets the timer for what comes then. */
  flush(now: number): void {
    if (this.#closing) return;
    const { application } = this.spaces;
    if (this.#isComplete)
      application?.updateIfDue(this.loss.largestAcked(levels.application), now, this.loss.probeTimeout);
    const isAll = this.#sender.flush(now);
    if (this.#sender.hasElicited) {
      this.#sender.hasElicited = false;
      this.#idle.sent(now, this.loss.probeTimeout);
    }
    if (!isAll) this.#host.wake(this);
    this.#arm(now);
  }

  /** Makes the client answer, so that neither side nor a NAT between forgets the connection (RFC 9000 section 10.1.2). */
  ping(): void {
    this.outbox.post(integersFrame(frameTypes.ping));
  }

  /** Ends the connection with a code of the application (RFC 9000 section 10.2). */
  close(code: number, reason: string): void {
    this.#end({ ...ended(code, reason), isApplication: true });
  }

  /** Ends it at once and says nothing more. */
  destroy(): void {
    if (!this.#closing) this.#end(ended(transportCodes.none, 'destroyed'));
    this.#closing?.forget();
  }

  /** @returns where the next packet begins */
  #packet(datagram: Buffer, start: number, path: Path, now: number): number {
    const { spaces, loss } = this;
    const opened = openPacket(spaces, datagram, start, this.#source.length, now, loss.probeTimeout);
    const { packet, end, ...rest } = opened;
    if (!packet) {
      if ('isEarly' in rest && rest.isEarly) this.#early.add(datagram.subarray(start), path.remote);
      else if (end === datagram.length && this.peerIds.isReset(datagram))
        this.#drain({ ...timeout('stateless reset'), by: 'reset' });
      return end;
    }
    const { level, number, destination, frames } = packet;
    const space = this.spaces.all[level];
    if (path !== this.migration.current && !this.#isComplete) return end;
    if (space.received.isKnown(number)) {
      space.received.ackAt = Math.min(space.received.ackAt, now + maxAckDelayMs);
      return end;
    }
    // The client has the keys, so it has read what was sent to its address (RFC 9000 section 8.1).
    if (level === levels.handshake) {
      path.isValidated = true;
      this.#discard(levels.initial);
    }
    this.#idle.received(now, this.loss.probeTimeout);
    this.#frames.begin(level, path, destination, now);
    const { isEliciting, isProbing } = readFrames(level, frames, this.#frames);
    const isNewest = number > space.received.largest;
    space.received.add(number, isEliciting, now, level === levels.application ? maxAckDelayMs : 0);
    if (level === levels.application && isNewest && !isProbing) {
      // A client that moves takes another id, so that nobody can follow it (section 9.5): so do we.
      if (
        path !== this.migration.current &&
        this.#lastDestination &&
        !this.#lastDestination.equals(destination)
      )
        this.peerIds.useAnother();
      this.#lastDestination = destination;
      this.migration.follow(path, now);
    }
    return end;
  }

  /** For a server this is the confirmation too (RFC 9001 section 4.1.2). */
  #complete(): void {
    this.spaces.isApplicationReadable = true;
    this.#isComplete = true;
    this.#sender.isHandshakeComplete = true;
    this.loss.isHandshakeConfirmed = true;
    this.#discard(levels.handshake);
    this.outbox.post(integersFrame(frameTypes.handshakeDone));
    this.outbox.post(...newTokenFrame(this.#host.newToken(this.remote)));
    this.ownIds.issue(this.client.activeIdLimit);
    this.#listener = this.#host.established(this);
    // What waits is read when this packet is done with.
    queueMicrotask(() => {
      for (const { datagram, from } of this.#early.take()) this.receive(datagram, from, performance.now());
    });
  }

  #discard(level: Level): void {
    const space = this.spaces.all[level];
    if (!space.write) return;
    space.discard();
    this.loss.discard(level);
  }

  #arm(now: number): void {
    const isBlocked = this.migration.current.budget < leastBudget;
    const at = Math.min(
      this.#idle.at,
      this.#isComplete ? Infinity : this.#handshakeAt,
      isBlocked ? Infinity : this.loss.deadline(),
      this.#sender.pacedUntil,
      this.migration.deadline,
      this.spaces.all[levels.application].received.ackAt,
    );
    this.#alarm.set(at, now);
  }

  #due(): void {
    if (this.#closing) return;
    const now = performance.now();
    if (now >= this.#idle.at) return this.#drain(timeout('idle'));
    if (!this.#isComplete && now >= this.#handshakeAt)
      return this.#drain(timeout('the handshake took too long'));
    if (!this.migration.check(now))
      return this.#drain(timeout('no way to the client', transportCodes.noViablePath));
    if (now >= this.loss.deadline()) this.#probe(this.loss.onTimeout(now));
    this.flush(now);
  }

  /** A probe timeout: two packets, with what has waited longest for an acknowledgement (RFC 9002 section 6.2.4). */
  #probe(level: Level | undefined): void {
    if (level === undefined) return;
    const space = this.spaces.all[level];
    space.probes = 2;
    this.loss.repeatOldest(level, 2);
  }

  #failed(error: unknown): void {
    if (!(error instanceof TransportError)) this.#host.failed(error);
    const code = error instanceof TransportError ? error.code : transportCodes.internal;
    this.#end(ended(code, (error as Error).message));
  }

  /** The client has ended it, or is not there any more: nothing is said (RFC 9000 section 10.2.2). */
  #drain(end: ConnectionEnd): void {
    if (!this.#closing) this.#finish(end, undefined);
  }

  #end(end: ConnectionEnd): void {
    if (!this.#closing) this.#finish(end, this.#sender.farewell(end, this.#isComplete));
  }

  #finish(end: ConnectionEnd, farewell: Buffer | undefined): void {
    this.#alarm.stop();
    const { remote } = this.migration.current;
    this.#closing = new Closing(farewell, 3 * this.loss.probeTimeout, {
      send: (bytes) => this.#host.transmit(bytes, remote),
      forget: () => {
        this.ownIds.close();
        this.#host.forget(this);
      },
    });
    this.streams.close();
    this.#early.take();
    this.#listener?.closed(end);
    this.#host.ended(this, end);
  }
}
