import type { LoadedPlugin } from '../../runtime/messages.ts';
import type { PluginShare } from '../shared/plugin-share.ts';
import type { RootContext } from './context.ts';
import { QueueRegistrations } from './queue-registrations.ts';
import { RootTimers } from './root-timers.ts';

/** What the event loop brings to the root contexts of one instance, never inside another call into it: ticks and messages. */
export class RootEvents {
  readonly timers: RootTimers;
  /** Undefined without the grant. */
  readonly queues: QueueRegistrations | undefined;
  /** Calls into the instance; false when it has ended. Set by the Guest. */
  deliver: (callback: 'tick' | 'queueReady', root: RootContext, argument: number) => boolean = () => false;
  readonly #share: PluginShare;

  constructor(plugin: LoadedPlugin, share: PluginShare) {
    this.#share = share;
    this.timers = new RootTimers((root) => {
      if (plugin.ticks === 'Process' && !share.leads(root.config, this)) return;
      if (!this.deliver('tick', root, 0)) this.end();
    });
    this.queues =
      share.queues &&
      new QueueRegistrations(share.queues, share.place, (root, id) => this.deliver('queueReady', root, id));
  }

  /** The root context is deleted. */
  leave(root: RootContext): void {
    this.timers.stop(root);
    this.queues?.leave(root);
    this.#share.unlead(this);
  }

  /** The instance is not used any more. */
  end(): void {
    this.timers.stopAll();
    this.queues?.leaveAll();
    this.#share.unlead(this);
  }
}
