export * from "../sdk/assembly/exports";
import { Action, Exchange, JsonType, LogLevel, Plugin, log, parseJson, register, response } from "../sdk/assembly";

/** One configuration of the plugin. */
class Greeter extends Plugin {
  greeting: string = "world";

  onConfigure(config: string): bool {
    if (config.length == 0) return true;
    const json = parseJson(config);
    const greeting = json ? json.get("greeting") : null;
    if (!greeting || greeting.type != JsonType.Text) {
      log(LogLevel.Error, "the configuration must be {\"greeting\": TEXT}");
      return false;
    }
    this.greeting = greeting.text;
    return true;
  }

  createExchange(): Exchange {
    return new Greeting(this.greeting);
  }
}

/** One request and its response. */
class Greeting extends Exchange {
  constructor(private greeting: string) { super(); }

  onResponseHeaders(count: u32, end: bool): Action {
    response.set("x-hello", this.greeting);
    return Action.Continue;
  }
}

register((): Plugin => new Greeter());
