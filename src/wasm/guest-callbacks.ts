import { callbacks, type Callback, type CallbackKey } from './abi/callbacks.ts';
import { granted } from './host/grants.ts';
import type { Host } from './host/host.ts';
import type { GuestFunction, Instance } from './vm/engine.ts';

/** A callback that the module exports and the plugin is granted. */
export interface GuestCallback {
  readonly key: CallbackKey;
  readonly call: GuestFunction;
}

/** All keys are there, in one order: so each look-up is that of a field, and all plugins have one shape. */
export type GuestCallbacks = Readonly<Record<CallbackKey, GuestCallback | undefined>>;

export function callbacksOf(instance: Instance, host: Host): GuestCallbacks {
  const { capabilities } = host.plugin;
  const found: Partial<Record<CallbackKey, GuestCallback | undefined>> = {};
  for (const [name, { name: exported, family, alias }] of Object.entries<Callback>(callbacks)) {
    const key = name as CallbackKey;
    const call = instance.call(exported) ?? (alias === undefined ? undefined : instance.call(alias));
    found[key] = call && (!family || granted(capabilities, family)) ? { key, call } : undefined;
  }
  // V8 keeps what was filled key by key as a table, in which each look-up searches; a copy of it is an object with fields.
  return { ...found } as GuestCallbacks;
}
