export * from "../../../sdk/assembly/exports";
import {
  Action, Exchange, Json, JsonType, LogLevel, Plugin, getShared, log, now, parseJson, property, register, respond, setShared,
} from "../../../sdk/assembly";

/** How often to try again when other workers change the shared bucket at the same moment. */
const tries = 64;
/** No number that the host gives to a value soon: stores where there is nothing, and changes nothing else. */
const ifNew: u32 = 0xffffffff;

/** A token bucket: one token for each request, `rate` new ones a second, never more than `burst`. */
class RateLimit extends Plugin {
  rate: f64 = 100;
  burst: f64 = 100;
  tokens: f64 = 0;
  refilled: u64 = 0;
  /** Of the bucket that all workers share; empty for one in this instance. */
  key: string = "";

  onConfigure(config: string): bool {
    if (config.length > 0 && !this.read(parseJson(config))) {
      log(LogLevel.Error, "the configuration must be {\"requestsPerSecond\": number > 0, \"burst\": number >= 1, \"shared\": bool}");
      return false;
    }
    this.tokens = this.burst;
    this.refilled = now();
    if (this.key.length == 0) return true;
    const name = property(["plugin_name"]);
    this.key += (name ? name : "") + " " + config;
    // Where a worker has made the bucket already there is nothing to do.
    setShared(this.key, this.bucket(), ifNew);
    if (getShared(this.key).cas != 0) return true;
    log(LogLevel.Error, "\"shared\" needs the capability SharedData: capabilities.allow");
    return false;
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
    const shared = json.get("shared");
    if (shared) {
      if (shared.type != JsonType.Bool) return false;
      if (shared.bool) this.key = "rate-limit ";
    }
    return true;
  }

  private bucket(): ArrayBuffer {
    const bytes = new ArrayBuffer(16);
    const at = changetype<usize>(bytes);
    store<f64>(at, this.tokens);
    store<u64>(at, this.refilled, 8);
    return bytes;
  }

  /** 0 when the request may pass, else the seconds until one may. */
  take(): f64 {
    if (this.key.length == 0) return this.spend();
    for (let i = 0; i < tries; i++) {
      const held = getShared(this.key);
      if (held.bytes.byteLength == 16) {
        const at = changetype<usize>(held.bytes);
        this.tokens = load<f64>(at);
        this.refilled = load<u64>(at, 8);
      }
      const wait = this.spend();
      // Who has to wait has taken nothing.
      if (wait > 0 || setShared(this.key, this.bucket(), held.cas)) return wait;
    }
    return 1 / this.rate;
  }

  private spend(): f64 {
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
