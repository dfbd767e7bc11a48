import type { PluginInstance } from './plugin-instance.ts';
import type { PluginRoot } from './plugin-root.ts';

/** What a set of instances needs of the plugin that they belong to. */
export interface Maker {
  /** The configurations in use. */
  readonly roots: Iterable<PluginRoot>;
  /** A new instance with all configurations. Throws an Error for people. */
  make(): PluginInstance;
  /** An instance has ended by itself or could not be made; the next is tried after `retryMs`. True: no other is to be made. */
  failed(error: Error, retryMs: number): boolean;
  /** An instance took the place of a failed one. */
  replaced(): void;
  /** An instance took the place of one that had grown. */
  recycled(grown: PluginInstance): void;
  /** See FailureBreaker. */
  worked(): void;
  /** A part of `limits.memoryBytes`, from which on a shared instance that has grown is recycled. */
  readonly recycleBytes: number;
}

/** The instances of one plugin in one worker: `SharedInstances`, or `RequestInstances` where each exchange has its own. */
export interface Instances {
  /** All that live, also those that only wait for their last exchange. */
  readonly living: readonly PluginInstance[];
  /** Those that take exchanges. */
  readonly taking: readonly PluginInstance[];
  /** An instance for another exchange; undefined while there is none. */
  pick(root: PluginRoot): PluginInstance | undefined;
  /** At least one instance, made now if need be; throws an Error for people. */
  ensure(): void;
  /** Those that take exchanges have another configuration, or one less. */
  configured(): void;
  /** An exchange has left it. */
  left(instance: PluginInstance): void;
  /** It has failed and is not to be used any more. */
  failed(instance: PluginInstance, error: Error): void;
  /** No instance is made any more, and those that live end with `reason`. */
  close(reason: Error): void;
}
