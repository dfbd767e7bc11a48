import { Backoff } from './backoff.ts';
import type { Instances, Maker } from './instances.ts';
import type { PluginInstance } from './plugin-instance.ts';
import type { PluginRoot } from './plugin-root.ts';

/** A plugin that outgrows one instance after the other sooner than this runs into its limit instead. */
const recycleEveryMs = 10_000;

interface Slot {
  instance: PluginInstance | undefined;
  readonly backoff: Backoff;
  cancel: (() => void) | undefined;
  recycledAt: number;
}

/**
 * A fixed number of instances, each for many exchanges at once; the least busy one takes the next. One that fails is
 * replaced after a backoff, one that has grown by another that is made first: it ends when its last exchange has left.
 */
export class SharedInstances implements Instances {
  readonly #maker: Maker;
  readonly #slots: readonly Slot[];
  readonly #draining = new Set<PluginInstance>();

  /** Makes the first instance now and the others after what is going on. Throws an Error for people when it cannot be made. */
  constructor(maker: Maker, count: number) {
    this.#maker = maker;
    this.#slots = Array.from({ length: count }, () => ({
      instance: undefined,
      backoff: new Backoff(),
      cancel: undefined,
      recycledAt: -Infinity,
    }));
    const [first, ...others] = this.#slots as [Slot, ...Slot[]];
    first.instance = maker.make();
    for (const slot of others) this.#soon(slot, () => this.#fill(slot));
  }

  get living(): PluginInstance[] {
    return [...this.taking, ...this.#draining];
  }

  get taking(): PluginInstance[] {
    return this.#slots.flatMap(({ instance }) => instance ?? []);
  }

  pick(root: PluginRoot): PluginInstance | undefined {
    let least: PluginInstance | undefined;
    for (const { instance } of this.#slots) {
      if (instance?.has(root) && (!least || instance.streams < least.streams)) least = instance;
    }
    return least;
  }

  ensure(): void {
    if (this.#slots.some(({ instance }) => instance)) return;
    const slot = this.#slots[0] as Slot;
    const instance = this.#maker.make();
    slot.cancel?.();
    slot.cancel = undefined;
    slot.instance = instance;
    this.#maker.replaced();
  }

  configured(): void {}

  left(instance: PluginInstance): void {
    if (this.#draining.has(instance)) return this.#drained(instance);
    const bytes = instance.memoryBytes;
    const grown = bytes >= this.#maker.recycleBytes && bytes >= instance.startBytes * 2;
    if (!grown && !instance.guest.host.rebuild) return;
    const slot = this.#slots.find((one) => one.instance === instance);
    if (!slot || slot.cancel || performance.now() - slot.recycledAt < recycleEveryMs) return;
    this.#soon(slot, () => this.#recycle(slot));
  }

  failed(instance: PluginInstance, error: Error): void {
    instance.end(error);
    const slot = this.#slots.find((one) => one.instance === instance);
    if (!slot) {
      this.#draining.delete(instance);
      this.#maker.failed(error, 0);
      return;
    }
    slot.instance = undefined;
    this.#retry(slot, error);
  }

  close(reason: Error): void {
    for (const slot of this.#slots) {
      slot.cancel?.();
      slot.cancel = undefined;
      slot.instance?.end(reason);
      slot.instance = undefined;
    }
    for (const instance of this.#draining) instance.end(reason);
    this.#draining.clear();
  }

  #retry(slot: Slot, error: Error): void {
    const delay = slot.backoff.next(performance.now(), Math.random());
    if (this.#maker.failed(error, delay)) return;
    const again = (): void => {
      if (this.#fill(slot)) this.#maker.replaced();
    };
    if (delay === 0) return this.#soon(slot, again);
    slot.cancel?.();
    const timer = setTimeout(() => {
      slot.cancel = undefined;
      again();
    }, delay).unref();
    slot.cancel = () => clearTimeout(timer);
  }

  /** Not within the call into the guest that is going on. */
  #soon(slot: Slot, work: () => void): void {
    slot.cancel?.();
    const immediate = setImmediate(() => {
      slot.cancel = undefined;
      work();
    });
    slot.cancel = () => clearImmediate(immediate);
  }

  #fill(slot: Slot): boolean {
    try {
      slot.instance = this.#maker.make();
      return true;
    } catch (error) {
      this.#retry(slot, error as Error);
      return false;
    }
  }

  #recycle(slot: Slot): void {
    const grown = slot.instance;
    if (!grown) return;
    slot.recycledAt = performance.now();
    try {
      slot.instance = this.#maker.make();
    } catch {
      // It goes on with the one that works; the next exchange that leaves it after a while tries again.
      return;
    }
    this.#maker.recycled(grown);
    grown.guest.host.events.end();
    this.#draining.add(grown);
    this.#drained(grown);
  }

  #drained(instance: PluginInstance): void {
    if (instance.streams > 0) return;
    this.#draining.delete(instance);
    instance.retire();
  }
}
