/** Sets headers by texts that lie there for good, by texts of the configuration, and by many that are made for one exchange. */
export * from "../../../../plugins/sdk/assembly/exports";
import { Action, Exchange, Plugin, register, request } from "../../../../plugins/sdk/assembly";

class Texts extends Plugin {
  kept: string[] = [];
  exchanges: i32 = 0;

  onConfigure(config: string): bool {
    this.kept = config.split(" ");
    return true;
  }

  createExchange(): Exchange { return new Setting(this); }
}

class Setting extends Exchange {
  constructor(private plugin: Texts) { super(); }

  onRequestHeaders(count: u32, end: bool): Action {
    const turn = (++this.plugin.exchanges).toString();
    for (let i = 0; i < 200; i++) {
      request.set("x-made-" + i.toString(), turn + "-" + i.toString());
      const kept = this.plugin.kept[i % this.plugin.kept.length];
      request.set("x-kept-" + kept, kept);
      request.set("x-fixed", "fixed");
    }
    return Action.Continue;
  }
}

register((): Plugin => new Texts());
