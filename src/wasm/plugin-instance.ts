import type { Exchange } from '../http/exchange.ts';
import type { Living } from '../structures/live-set.ts';
import type { RootContext, StreamContext } from './context/context.ts';
import type { Guest } from './guest.ts';
import type { PluginRoot } from './plugin-root.ts';

/** An exchange in an instance. */
export interface Entered {
  readonly guest: Guest;
  readonly stream: StreamContext;
}

export interface InstanceOwner {
  /** An exchange has left it, and it lives. */
  left(instance: PluginInstance): void;
  /** It has ended, for whatever reason. */
  gone(instance: PluginInstance): void;
}

/** One living instance of a plugin, with a root context for each configuration and the number of exchanges in it. */
export class PluginInstance implements Living {
  place: number | undefined;
  readonly guest: Guest;
  /** What it had when all its configurations were in it: growth is counted from there. */
  startBytes = 0;
  streams = 0;
  readonly #owner: InstanceOwner;
  readonly #roots = new Map<PluginRoot, RootContext>();
  #goBack: (() => boolean) | undefined;

  constructor(guest: Guest, owner: InstanceOwner) {
    this.guest = guest;
    this.#owner = owner;
    guest.onStreamClosed = () => {
      this.streams--;
      owner.left(this);
    };
  }

  get memoryBytes(): number {
    return this.guest.host.memory.byteLength;
  }

  /** Whether it has these configurations; one more does no harm. */
  knows(roots: Iterable<PluginRoot>): boolean {
    for (const root of roots) if (!this.#roots.has(root)) return false;
    return true;
  }

  has(root: PluginRoot): boolean {
    return this.#roots.has(root);
  }

  /** Throws an Error for people when the plugin refuses, or GuestFailure. */
  configure(root: PluginRoot): void {
    this.#roots.set(root, this.guest.openRoot(root.bytes));
    this.startBytes = this.memoryBytes;
  }

  /** A configuration that nobody uses any more. */
  forget(root: PluginRoot): void {
    const context = this.#roots.get(root);
    this.#roots.delete(root);
    if (!context) return;
    try {
      this.guest.closeRoot(context);
    } catch {
      // The owner was told of the failure and looks after the rest.
    }
  }

  /** Throws GuestFailure and RequestOverrun. */
  enter(root: PluginRoot, exchange: Exchange): Entered {
    this.streams++;
    const stream = this.guest.openStream(this.#roots.get(root) as RootContext, exchange);
    return { guest: this.guest, stream };
  }

  /** Where it has no exchange any more: makes it as it was with all its configurations. False when that cannot be done. */
  reset(): boolean {
    return this.#goBack?.() ?? false;
  }

  /** What `reset` goes back to. */
  checkpoint(): void {
    this.guest.host.events.end();
    this.#goBack = this.guest.checkpoint();
  }

  /** It has no exchange any more and nobody has fault to find with it: it hears of its end, and is gone. */
  retire(): void {
    for (const root of this.#roots.keys()) this.forget(root);
    this.end(new Error('the instance was replaced'));
  }

  /** Nothing calls into it any more. What waits in it is failed with `reason`. */
  end(reason: Error): void {
    const { host } = this.guest;
    this.guest.onStreamClosed = undefined;
    this.guest.onFailure = undefined;
    host.events.end();
    host.calls.cancel();
    for (const context of host.contexts.values()) if (context.kind === 'stream') context.fail(reason);
    this.guest.release();
    this.#owner.gone(this);
  }
}
