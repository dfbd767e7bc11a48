import type { PluginVm } from './plugin-vm.ts';

/** One configuration of a plugin in one worker; shared by all rules that use the plugin with it. */
export class PluginRoot {
  readonly vm: PluginVm;
  readonly config: string;
  readonly bytes: Buffer;
  uses = 0;

  constructor(vm: PluginVm, config: string) {
    this.vm = vm;
    this.config = config;
    this.bytes = Buffer.from(config);
  }

  /** Pair with each `PluginVm.root`. */
  release(): void {
    if (--this.uses === 0) this.vm.forget(this);
  }
}
