import { IdMap } from '../../structures/id-map.ts';
import type { Callouts } from '../../upstream/callouts/callouts.ts';
import type { Destination } from '../../upstream/callouts/destination.ts';
import type { CallbackKey } from '../abi/callbacks.ts';
import type { RootContext } from '../context/context.ts';
import type { Host } from '../host/host.ts';
import { warnOnce } from '../host/warn-once.ts';
import type { CallAnswer } from './answer.ts';
import { resolveName, type Allowed } from './names.ts';
import { PendingCall } from './pending-call.ts';
import type { RedisLogin } from './redis.ts';

/** The low bits of a token say what it stands for, as in the C++ host. */
export const tokenKind = { http: 0, grpcCall: 1, grpcStream: 2, redis: 3 } as const;
export type TokenKind = (typeof tokenKind)[keyof typeof tokenKind];

/** Of one instance: enough for every request that a worker can have, and a bound for what a runaway plugin costs. */
const maxCalls = 4096;
const maxNames = 256;

/** Into the module; never throws anything but what has been dealt with as the end of the instance. */
interface Receiver {
  answer(callback: CallbackKey, call: PendingCall, a: number, b: number, c: number): void;
}

interface CallStatus {
  readonly code: number;
  readonly message: string;
}
const unset: CallStatus = { code: 0, message: '' };

/** The calls of one instance: what they are allowed, their tokens, and the way back into the module. */
export class Calls {
  /** Bytes of answers on their way. */
  held = 0;
  readonly callouts: Callouts;
  /** How the last call of each root context ended. */
  readonly statuses = new WeakMap<RootContext, CallStatus>();
  readonly #host: Host;
  readonly #pending = new IdMap<PendingCall>();
  readonly #names = new Map<string, Allowed>();
  readonly #logins = new Map<string, RedisLogin>();
  #receiver: Receiver | undefined;
  #last = 0;

  constructor(host: Host, callouts: Callouts) {
    this.#host = host;
    this.callouts = callouts;
  }

  /** Before the first call can be made. */
  connect(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** Undefined where the plugin may not call that, or nothing has that name; the log says once what to do. */
  destination(name: string): { readonly to: Destination; readonly upstream: string } | undefined {
    const { plugin } = this.#host;
    const { upstreams: grants } = plugin.capabilities;
    let allowed = this.#names.get(name);
    if (!allowed) {
      if (this.#names.size >= maxNames) this.#names.clear();
      this.#names.set(name, (allowed = resolveName(name, plugin.id, grants)));
    }
    for (const id of allowed.upstreams) {
      const to = this.callouts.cluster(id);
      if (to) return { to, upstream: id };
    }
    const { address, wanted } = allowed;
    if (address) return { to: address, upstream: `${address.host}:${address.port}` };
    const known = allowed.upstreams.length > 0;
    warnOnce(
      this.#host,
      `call ${name}`,
      {
        upstream: name,
        remedy: known
          ? `make an upstream ${allowed.upstreams.join(' or ')}`
          : `add ${wanted} to capabilities.upstreams`,
      },
      known
        ? 'plugin called an upstream that does not exist'
        : 'plugin called an upstream that it is not granted',
    );
    return undefined;
  }

  /** Whether a grant names that host, whatever the port. */
  mayResolve(host: string): boolean {
    return this.#host.plugin.capabilities.upstreams.some((grant) => grant.replace(/:\d+$/, '') === host);
  }

  /** Of proxy_redis_init, under the name as it was given and under that without its settings. False: too many. */
  login(full: string, bare: string, login: RedisLogin): boolean {
    if (this.#logins.size >= maxNames && !this.#logins.has(full)) return false;
    this.#logins.set(full, login).set(bare, login);
    return true;
  }

  loginOf(name: string): RedisLogin | undefined {
    return this.#logins.get(name);
  }

  /** Undefined when there are too many calls, or no root context to answer to. */
  begin(kind: TokenKind, upstream: string): PendingCall | undefined {
    const { root, stream } = this.#host;
    if (!root || this.#pending.size >= maxCalls) return undefined;
    do this.#last = (this.#last + 1) & 0x1fff_ffff || 1;
    while (this.#pending.has((this.#last << 2) | kind));
    const call = new PendingCall(this, (this.#last << 2) | kind, { root, stream, upstream });
    this.#pending.set(call.token, call);
    return call;
  }

  /** That of the current context. */
  get status(): CallStatus {
    const { root } = this.#host;
    return (root && this.statuses.get(root)) ?? unset;
  }

  get(token: number): PendingCall | undefined {
    return this.#pending.get(token >>> 0);
  }

  /** Those of a root context that is deleted, or all where the instance ended: nobody hears of them. */
  cancel(root?: RootContext): void {
    for (const call of this.#pending.values()) {
      if (root && call.root !== root) continue;
      call.end('cancelled');
      call.cancel();
    }
  }

  forget(call: PendingCall, outcome: string, why: string, seconds: number): void {
    if (!this.#pending.delete(call.token)) return;
    const { plugin, log } = this.#host;
    this.callouts.ended(plugin.id, call.upstream, outcome, seconds);
    if (outcome !== 'ok' && outcome !== 'cancelled')
      log.debug({ upstream: call.upstream, outcome, why }, 'call of a plugin failed');
  }

  deliver(
    call: PendingCall,
    callback: CallbackKey,
    answer: CallAnswer,
    a: number,
    b: number,
    c: number,
  ): void {
    const host = this.#host;
    // The root may have been deleted by a callback of this same turn.
    if (host.fatal || !host.contexts.has(call.root.id)) return;
    host.answer = answer;
    try {
      this.#receiver?.answer(callback, call, a, b, c);
    } catch (error) {
      // The end of the instance: its owner knows already, and fails every exchange in it.
      if (!host.fatal) throw error;
    } finally {
      host.answer = undefined;
    }
  }
}
