import type { LoadedPlugin } from '../../runtime/messages.ts';
import { IdMap } from '../../structures/id-map.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { AbiVersion } from '../abi/version.ts';
import type { Context, RootContext, StreamContext } from '../context/context.ts';
import type { MessageAccess } from '../context/granted-headers.ts';
import type { Callouts } from '../../upstream/callouts/callouts.ts';
import type { CallAnswer } from '../calls/answer.ts';
import { Calls } from '../calls/calls.ts';
import { RootEvents } from '../context/root-events.ts';
import type { PluginShare } from '../shared/plugin-share.ts';
import type { GuestMemory } from '../vm/memory.ts';
import { messageAccess } from './grants.ts';

/**
 * What host functions see of the instance that calls them. The current context is the one whose callback runs, or the one
 * that proxy_set_effective_context chose; there is none while the module starts.
 */
export class Host {
  readonly plugin: LoadedPlugin;
  readonly abi: AbiVersion;
  readonly log: Logger;
  readonly share: PluginShare;
  readonly events: RootEvents;
  readonly access: MessageAccess;
  readonly contexts = new IdMap<Context>();
  current: Context | undefined;
  /** Root contexts that said proxy_done: to be deleted when the call into the guest has returned. */
  readonly done: RootContext[] = [];
  readonly calls: Calls;
  /** While the callback of a call runs: what it may read. */
  answer: CallAnswer | undefined;
  /** proxy_on_vm_start runs: what proxy_get_configuration of 0.1.0 means by the configuration. */
  starting = false;
  /** The plugin asks for a new instance in place of this one. */
  rebuild = false;
  /** Why the instance must not be used again. Set before the exception that ends the call, since a guest can catch that. */
  fatal: Error | undefined;
  #memory: GuestMemory | undefined;

  constructor(plugin: LoadedPlugin, abi: AbiVersion, log: Logger, share: PluginShare, callouts: Callouts) {
    this.plugin = plugin;
    this.abi = abi;
    this.log = log;
    this.share = share;
    this.events = new RootEvents(plugin, share);
    this.access = messageAccess(this);
    this.calls = new Calls(this, callouts);
  }

  get memory(): GuestMemory {
    if (!this.#memory) throw new Error('a host function was called from the start section');
    return this.#memory;
  }

  set memory(memory: GuestMemory) {
    this.#memory = memory;
  }

  get stream(): StreamContext | undefined {
    return this.current?.kind === 'stream' ? this.current : undefined;
  }

  /** The root context of the current one. */
  get root(): RootContext | undefined {
    return this.current?.kind === 'stream' ? this.current.root : this.current;
  }
}

/** proc_exit ends the call by this. */
export class GuestExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`the plugin called proc_exit(${code})`);
    this.name = 'GuestExit';
    this.code = code;
  }
}
