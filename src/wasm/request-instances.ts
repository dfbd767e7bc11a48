import { LiveSet } from '../structures/live-set.ts';
import { Backoff } from './backoff.ts';
import type { Instances, Maker } from './instances.ts';
import type { PluginInstance } from './plugin-instance.ts';

/** Instances that are made before anybody asks for them. */
const spare = 2;
/** Instances that wait as they are, after a time with many exchanges at once. */
const mostIdle = 16;

/**
 * An instance for each exchange, as new: what one exchange leaves behind no other sees. After an exchange its instance is put
 * back to what it was when it was configured, or where that cannot be had replaced by another, made in the pauses between
 * exchanges. One that fails takes only its own exchange with it. Ticks and queues are for instances that last: none comes.
 */
export class RequestInstances implements Instances {
  readonly #maker: Maker;
  readonly #backoff = new Backoff();
  readonly #idle: PluginInstance[] = [];
  readonly #busy = new LiveSet<PluginInstance>();
  #notBefore = -Infinity;
  #refill: NodeJS.Immediate | undefined;
  #closed = false;

  /** Makes the first instance now. Throws an Error for people when it cannot be made. */
  constructor(maker: Maker) {
    this.#maker = maker;
    this.#idle.push(this.#made());
  }

  get living(): PluginInstance[] {
    return [...this.#idle, ...this.#busy.values()];
  }

  get taking(): readonly PluginInstance[] {
    return this.#idle;
  }

  pick(): PluginInstance | undefined {
    const instance = this.#idle.pop() ?? this.#make();
    if (instance) this.#busy.add(instance);
    this.#later();
    return instance;
  }

  ensure(): void {
    if (this.#idle.length === 0) this.#idle.push(this.#made());
  }

  configured(): void {
    for (const instance of this.#idle) instance.checkpoint();
  }

  left(instance: PluginInstance): void {
    this.#maker.worked();
    // Within its own last call.
    setImmediate(() => {
      if (!this.#busy.delete(instance)) return;
      if (this.#idle.length < mostIdle && instance.knows(this.#maker.roots) && instance.reset())
        this.#idle.push(instance);
      else instance.retire();
      this.#later();
    });
  }

  failed(instance: PluginInstance, error: Error): void {
    this.#busy.delete(instance);
    const at = this.#idle.indexOf(instance);
    if (at >= 0) this.#idle.splice(at, 1);
    instance.end(error);
    if (!this.#maker.failed(error, 0)) this.#later();
  }

  close(reason: Error): void {
    this.#closed = true;
    clearImmediate(this.#refill);
    for (const instance of this.living) instance.end(reason);
    this.#idle.length = 0;
    this.#busy.clear();
  }

  #make(): PluginInstance | undefined {
    const now = performance.now();
    if (this.#closed || now < this.#notBefore) return undefined;
    try {
      return this.#made();
    } catch (error) {
      const delay = this.#backoff.next(now, Math.random());
      this.#notBefore = now + delay;
      this.#maker.failed(error as Error, delay);
      return undefined;
    }
  }

  #made(): PluginInstance {
    const instance = this.#maker.make();
    instance.checkpoint();
    return instance;
  }

  /** One at a time, so that exchanges come between. */
  #later(): void {
    if (this.#closed || this.#refill || this.#idle.length >= spare) return;
    this.#refill = setImmediate(() => {
      this.#refill = undefined;
      const instance = this.#make();
      if (!instance) return;
      this.#idle.push(instance);
      this.#later();
    });
  }
}
