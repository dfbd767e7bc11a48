import { createHash } from 'node:crypto';
import type { Condition, KubeObject } from '../../api/core.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ObjectStatus } from '../objects.ts';
import { hasStatus, isRefusal } from './api-error.ts';
import type { BackoffLimits } from './backoff.ts';
import type { Client } from './client.ts';
import { pathOf } from './kinds.ts';
import { toMicroTime } from './lease.ts';
import type { Limit } from './rate-limit.ts';
import { WriteQueue } from './write-queue.ts';

const events = { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events' } as const;

/** Limits of the API server for an Event. */
const maxNote = 1024;
const maxReason = 128;

export interface EventParts {
  readonly client: Pick<Client, 'create' | 'merge'>;
  /** Asked right before each write. */
  readonly leads: () => boolean;
  /** Conditions that the object shows, by `Kind:namespace/name`. */
  readonly shown: (key: string) => readonly Condition[];
  /** Name of this process. */
  readonly identity: string;
  readonly log: Logger;
  readonly backoff?: BackoffLimits;
  readonly limit: Limit;
}

interface Note {
  readonly object: KubeObject;
  readonly reason: string;
  readonly message: string;
}

interface Waiting extends Note {
  /** It stood already when this leader looked at the object for the first time: an earlier one may have told it. */
  readonly stood: boolean;
  /** Requests that the server has answered with that it is there, or is not. */
  readonly tries: number;
  /** Requests that it could not take. */
  readonly failures: number;
}

/** More than so many that wait, or are remembered, help nobody. */
const maxHeld = 1000;

const nothing: ReadonlySet<string> = new Set();

/** Created, it is there; counted up, it has just expired; created: more than that is a server that contradicts itself. */
const maxTries = 4;

/** With the pauses between them one to two and a half minutes: a server that is started again, or has too much to do, is back by then. */
const maxFailures = 10;

/**
 * Warning Events (events.k8s.io/v1) about what users should hear of: each warning when it appears, and `Accepted` when it turns
 * False. The name of an Event follows from what it says, so that the same one of later counts up its series instead of standing
 * beside it. A new leader cannot ask which warnings are new, for no condition has them: it creates what it finds, and what is there
 * already has been told. Best effort: as many as the limit lets, only as leader; one that the server cannot take now is tried again, with
 * growing pauses, and one that it refuses is lost.
 */
export class EventWriter {
  readonly #parts: EventParts;
  readonly #queue: WriteQueue;
  readonly #waiting = new Map<string, Waiting>();
  /** How often each Event of this process was observed. */
  readonly #counts = new Map<string, number>();
  /** Names of the Events that say what is true now of each object that this leader has looked at, so that it is not said again. */
  readonly #told = new Map<string, ReadonlySet<string>>();

  constructor(parts: EventParts) {
    this.#parts = parts;
    this.#queue = new WriteQueue({
      limit: parts.limit,
      backoff: parts.backoff ?? { minMs: 1000, maxMs: 30_000 },
      write: (name, signal) => this.#write(name, signal),
      failed: (name, error) => parts.log.debug({ err: error, event: name }, 'an event is tried again'),
    });
  }

  /**
   * To be called before the statuses are written: what an object shows already is no transition. Only those of `changed` are others
   * than before; undefined: any.
   */
  report(statuses: ReadonlyMap<string, ObjectStatus>, changed?: ReadonlySet<string>): void {
    if (!this.#parts.leads()) return this.#told.clear();
    for (const key of changed ?? new Set([...this.#told.keys(), ...statuses.keys()])) {
      const status = statuses.get(key);
      if (status) this.#told.set(key, this.#tell(key, status));
      else this.#told.delete(key);
    }
  }

  /** @returns the names of all that is to be said */
  #tell(key: string, status: ObjectStatus): ReadonlySet<string> {
    const before = this.#told.get(key);
    const notes = new Map(this.#notesOf(status).map((note) => [nameOf(note), note]));
    for (const [name, note] of notes) {
      if (before?.has(name) || this.#isOld(key, note)) continue;
      this.#add(name, { ...note, stood: !before, tries: 0, failures: 0 });
    }
    return notes.size > 0 ? new Set(notes.keys()) : nothing;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run(signal);
  }

  #notesOf({ object, conditions, warnings }: ObjectStatus): readonly Note[] {
    const refusals = conditions.filter(({ type, status }) => type === 'Accepted' && status === 'False');
    return [...warnings, ...refusals].map(({ reason, message }) => ({ object, reason, message }));
  }

  /** Whether the object tells it in its status, from an earlier leader. */
  #isOld(key: string, { reason, message }: Note): boolean {
    return this.#parts
      .shown(key)
      .some(
        (c) => c.type === 'Accepted' && c.status === 'False' && c.reason === reason && c.message === message,
      );
  }

  #add(name: string, note: Waiting): void {
    if (this.#waiting.size >= maxHeld) return;
    this.#waiting.set(name, note);
    this.#queue.add(name);
  }

  async #write(name: string, signal: AbortSignal): Promise<void> {
    const note = this.#waiting.get(name);
    this.#waiting.delete(name);
    if (!note || !this.#parts.leads()) return;
    try {
      await this.#publish(name, note, signal);
    } catch (error) {
      const failures = note.failures + 1;
      if (isRefusal(error) || failures === maxFailures) {
        // Namespaces that are being deleted take no more of them.
        const level = isRefusal(error) ? 'debug' : 'warn';
        return this.#parts.log[level]({ err: error, event: name }, 'an event is lost');
      }
      // Not over one that has come meanwhile.
      if (!this.#waiting.has(name)) this.#waiting.set(name, { ...note, failures });
      throw error;
    }
  }

  async #publish(name: string, note: Waiting, signal: AbortSignal): Promise<void> {
    const { client, identity } = this.#parts;
    const namespace = note.object.metadata.namespace ?? 'default';
    const told = this.#counts.get(name) ?? 0;
    const count = note.stood ? 1 : told + 1;
    try {
      if (count === 1) await client.create(pathOf(events, namespace), toEvent(name, note, identity), signal);
      else {
        const series = { count, lastObservedTime: toMicroTime(new Date()) };
        await client.merge(pathOf(events, namespace, name), { series }, signal);
      }
      this.#count(name, count);
    } catch (error) {
      // Told before; or it has expired.
      if (count === 1 && hasStatus(error, 409)) {
        this.#count(name, Math.max(told, 1));
        // It may be this one: a server that fails may have written it all the same.
        if (note.failures > 0) return;
      } else if (count > 1 && hasStatus(error, 404)) this.#counts.delete(name);
      else throw error;
      if (note.stood) return;
      const tries = note.tries + 1;
      if (tries === maxTries) throw error;
      // Not at once: what is left to do is another write, which the limit counts as any.
      this.#add(name, { ...note, tries });
    }
  }

  #count(name: string, count: number): void {
    this.#counts.delete(name);
    this.#counts.set(name, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > maxHeld && oldest !== undefined) this.#counts.delete(oldest);
  }
}

function nameOf({ object, reason, message }: Note): string {
  const { uid = '', name } = object.metadata;
  const hash = createHash('sha256')
    .update(JSON.stringify([object.kind, uid, reason, message]))
    .digest('hex');
  return `${name.slice(0, 200).replace(/[-.]+$/, '')}.${hash.slice(0, 16)}`;
}

function toEvent(name: string, { object, reason, message }: Note, identity: string): object {
  const { apiVersion, kind, metadata } = object;
  const { namespace = 'default', uid } = metadata;
  return {
    apiVersion: events.apiVersion,
    kind: events.kind,
    metadata: { name, namespace },
    eventTime: toMicroTime(new Date()),
    reportingController: 'loom.dev/loom',
    reportingInstance: identity.slice(0, 128),
    action: 'Translate',
    type: 'Warning',
    reason: reason.slice(0, maxReason),
    note: toNote(message),
    regarding: { apiVersion, kind, name: metadata.name, namespace, ...(uid !== undefined && { uid }) },
  };
}

/** The limit counts bytes. */
function toNote(message: string): string {
  const bytes = Buffer.from(message);
  return bytes.length <= maxNote
    ? message
    : `${bytes
        .subarray(0, maxNote - 6)
        .toString('utf8')
        .replace(/\uFFFD+$/, '')}…`;
}
