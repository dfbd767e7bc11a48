import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/core.ts';
import type { Logger } from '../../telemetry/log.ts';
import { hasStatus } from './api-error.ts';
import type { Client } from './client.ts';
import { pathOf } from './kinds.ts';

/** Milliseconds; as those of Kubernetes' own components. */
export interface LeaseTiming {
  /** How long others wait after the last renewal that they saw. */
  readonly durationMs: number;
  /** How long a leader that cannot renew goes on leading; less than `durationMs`, so that two never write at once. */
  readonly renewMs: number;
  readonly retryMs: number;
}

export const leaseTiming: LeaseTiming = { durationMs: 15_000, renewMs: 10_000, retryMs: 2000 };

export interface LeaseParts {
  readonly client: Pick<Client, 'get' | 'create' | 'update'>;
  readonly namespace: string;
  readonly name: string;
  /** Unique for this process. */
  readonly identity: string;
  readonly log: Logger;
  /** Called on each change. Must not throw. */
  readonly changed: (leads: boolean) => void;
  readonly timing?: LeaseTiming;
}

/** coordination.k8s.io/v1 */
interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

const leases = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' } as const;

/**
 * One of several processes leads: it holds a Lease and renews it. The times in the Lease are for people; what counts is how long
 * ago, by this machine's monotonic clock, it was last seen to change. Who cannot renew stops leading and goes on trying.
 */
export class Election {
  readonly #parts: LeaseParts;
  readonly #timing: LeaseTiming;
  #seen: Lease | undefined;
  #seenAt = 0;
  #renewedAt = -Infinity;
  #wasLeader = false;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#timing = parts.timing ?? leaseTiming;
  }

  /** True only while the last renewal is fresh, whatever else hangs. */
  get leads(): boolean {
    return performance.now() < this.#renewedAt + this.#timing.renewMs;
  }

  /** Takes part until `signal` aborts, then gives the Lease back. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    let problem = '';
    while (!signal.aborted) {
      try {
        await this.#try(AbortSignal.any([signal, AbortSignal.timeout(this.#timing.renewMs / 2)]));
        problem = '';
      } catch (error) {
        if (signal.aborted) break;
        const message = error instanceof Error ? error.message : String(error);
        if (message !== problem)
          this.#parts.log.warn({ err: error }, 'cannot take part in the election of a leader');
        problem = message;
      }
      this.#tell();
      await this.#wait(signal);
    }
    await this.#release();
    this.#tell();
  }

  /** Until the next try, but tells a lost leadership at the moment when it is lost. */
  async #wait(signal: AbortSignal): Promise<void> {
    const next = performance.now() + this.#timing.retryMs * (1 + Math.random() * 0.2);
    while (!signal.aborted && performance.now() < next) {
      const lost = this.#renewedAt + this.#timing.renewMs;
      const until = this.#wasLeader && lost < next ? lost : next;
      await sleep(Math.max(1, until - performance.now()), undefined, { signal }).catch(() => undefined);
      this.#tell();
    }
  }

  async #try(signal: AbortSignal): Promise<void> {
    // From before the request: others may have seen the renewal as early as that.
    const began = performance.now();
    // A leader knows the Lease that it wrote last. After a conflict it looks who wrote: it may have been itself, unanswered.
    const isHeld = (this.leads && (await this.#write(this.#seen, signal))) || (await this.#takeSeen(signal));
    this.#renewedAt = isHeld ? began : -Infinity;
  }

  async #takeSeen(signal: AbortSignal): Promise<boolean> {
    let lease: Lease | undefined;
    try {
      lease = await this.#get(signal);
      this.#see(lease);
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
    }
    return (!lease || this.#mayTake(lease)) && this.#write(lease, signal);
  }

  /** @returns false when somebody else was faster, or the Lease has gone */
  async #write(before: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name } = this.#parts;
    const { apiVersion, kind } = leases;
    const base = before ?? { apiVersion, kind, metadata: { name, namespace } };
    const lease: Lease = { ...base, spec: this.#toSpec(before) };
    try {
      if (before) this.#see(await client.update<Lease>(pathOf(leases, namespace, name), lease, signal));
      else this.#see(await client.create<Lease>(pathOf(leases, namespace), lease, signal));
      return true;
    } catch (error) {
      if (hasStatus(error, 409) || hasStatus(error, 404)) return false;
      throw error;
    }
  }

  #see(lease: Lease): void {
    if (this.#seen && isDeepStrictEqual(this.#seen.spec, lease.spec)) {
      this.#seen = lease;
      return;
    }
    this.#seen = lease;
    this.#seenAt = performance.now();
  }

  #mayTake({ spec }: Lease): boolean {
    const holder = spec?.holderIdentity;
    if (!holder || holder === this.#parts.identity) return true;
    const durationMs = (spec.leaseDurationSeconds ?? 0) * 1000 || this.#timing.durationMs;
    return performance.now() >= this.#seenAt + durationMs;
  }

  #toSpec(before: Lease | undefined): NonNullable<Lease['spec']> {
    const { identity } = this.#parts;
    const spec = before?.spec;
    const now = toMicroTime(new Date());
    const isMine = spec?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.round(this.#timing.durationMs / 1000)),
      acquireTime: (isMine ? spec.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (spec?.leaseTransitions ?? 0) + (isMine || !spec ? 0 : 1),
    };
  }

  /** So that the next leader need not wait until the Lease is over. Best effort within two seconds. */
  async #release(): Promise<void> {
    const seen = this.#seen;
    if (!seen || !this.leads) return;
    this.#renewedAt = -Infinity;
    const signal = AbortSignal.timeout(2000);
    try {
      // After a conflict it was probably its own last renewal, whose answer it did not wait for.
      if (!(await this.#giveBack(seen, signal))) await this.#giveBack(await this.#get(signal), signal);
    } catch {
      // Then the others wait.
    }
  }

  async #giveBack(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.#parts;
    if (lease.spec?.holderIdentity !== identity) return true;
    const spec = {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: toMicroTime(new Date()),
    };
    try {
      await client.update<Lease>(pathOf(leases, namespace, name), { ...lease, spec }, signal);
      return true;
    } catch (error) {
      if (hasStatus(error, 409)) return false;
      throw error;
    }
  }

  #get(signal: AbortSignal): Promise<Lease> {
    const { client, namespace, name } = this.#parts;
    return client.get<Lease>(pathOf(leases, namespace, name), signal);
  }

  #tell(): void {
    if (this.leads === this.#wasLeader) return;
    this.#wasLeader = this.leads;
    const { log, identity, changed } = this.#parts;
    log.info({ identity }, this.#wasLeader ? 'leads: writes the status of objects' : 'leads no longer');
    changed(this.#wasLeader);
  }
}

/** metav1.MicroTime: RFC 3339 with exactly six digits. */
export function toMicroTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
