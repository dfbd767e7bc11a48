/**
 * Keeps memory at each request: {"by": "grow"} asks for 1 MiB more each time and looks whether it got it, {"by": "hold"} fills as
 * many MiB as `x-mib` says and has no answer to getting none.
 */
export * from "../../../../plugins/sdk/assembly/exports";
import { Action, Exchange, log, LogLevel, parseJson, Plugin, register, request } from "../../../../plugins/sdk/assembly";

const held: ArrayBuffer[] = [];

class Growing extends Plugin {
  holds: bool = false;

  onConfigure(config: string): bool {
    this.holds = parseJson(config)!.get("by")!.text == "hold";
    return true;
  }

  createExchange(): Exchange { return new Growth(this.holds); }
}

class Growth extends Exchange {
  constructor(private holds: bool) { super(); }

  onRequestHeaders(count: u32, end: bool): Action {
    const asked = request.get("x-mib");
    const mib = asked ? I32.parseInt(asked) : 1;
    if (this.holds) {
      for (let i = 0; i < mib; i++) held.push(new ArrayBuffer(1 << 20));
    } else {
      log(LogLevel.Info, memory.grow(16 * mib) < 0 ? "refused" : "granted");
    }
    return Action.Continue;
  }
}

register((): Plugin => new Growing());
