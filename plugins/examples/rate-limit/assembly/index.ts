export * from "../../../sdk/assembly/exports";
import { Action, Exchange, Json, JsonType, LogLevel, Plugin, log, now, parseJson, register, respond } from "../../../sdk/assembly";

/** A token bucket: one token for each request, `rate` new ones a second, never more than `burst`. */
class RateLimit extends Plugin {
  rate: f64 = 100;
  burst: f64 = 100;
  tokens: f64 = 0;
  refilled: u64 = 0;

  onConfigure(config: string): bool {
    if (config.length > 0 && !this.read(parseJson(config))) {
      log(LogLevel.Error, "the configuration must be {\"requestsPerSecond\": number > 0, \"burst\": number >= 1}");
      return false;
    }
    this.tokens = this.burst;
    this.refilled = now();
    return true;
  }

  private read(json: Json | null): bool {
    if (!json || json.type != JsonType.Object) return false;
    const rate = json.get("requestsPerSecond");
    if (rate) {
      if (rate.type != JsonType.Number || !(rate.number > 0)) return false;
      this.rate = rate.number;
    }
    this.burst = max<f64>(this.rate, 1);
    const burst = json.get("burst");
    if (burst) {
      if (burst.type != JsonType.Number || !(burst.number >= 1)) return false;
      this.burst = burst.number;
    }
    return true;
  }

  /** 0 when the request may pass, else the seconds until one may. */
  take(): f64 {
    const time = now();
    // The wall clock may go back.
    if (time > this.refilled) this.tokens = min(this.burst, this.tokens + <f64>(time - this.refilled) / 1e9 * this.rate);
    this.refilled = time;
    if (this.tokens < 1) return (1 - this.tokens) / this.rate;
    this.tokens -= 1;
    return 0;
  }

  createExchange(): Exchange {
    return new Limited(this);
  }
}

class Limited extends Exchange {
  constructor(private plugin: RateLimit) { super(); }

  onRequestHeaders(count: u32, end: bool): Action {
    const wait = this.plugin.take();
    if (wait == 0) return Action.Continue;
    const seconds = (<i64>ceil(wait)).toString();
    respond(429, ["retry-after", seconds], "too many requests\n", "rate_limited");
    return Action.Pause;
  }
}

register((): Plugin => new RateLimit());
