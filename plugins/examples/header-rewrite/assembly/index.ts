export * from "../../../sdk/assembly/exports";
import { Action, Exchange, Json, JsonType, LogLevel, Plugin, log, parseJson, register, request, response } from "../../../sdk/assembly";

/** [name, value, …] of one member of the configuration. */
class Fields {
  flat: string[] = [];

  /** False when the member is there and not an object of texts. */
  read(json: Json | null): bool {
    if (!json) return true;
    if (json.type != JsonType.Object) return false;
    const names = json.object.keys();
    for (let i = 0; i < names.length; i++) {
      const value = json.object.get(names[i]);
      if (value.type != JsonType.Text) return false;
      this.flat.push(names[i]);
      this.flat.push(value.text);
    }
    return true;
  }
}

class HeaderRewrite extends Plugin {
  request: Fields = new Fields();
  response: Fields = new Fields();

  onConfigure(config: string): bool {
    if (config.length == 0) return true;
    const json = parseJson(config);
    const valid = json != null && json.type == JsonType.Object
      && this.request.read(json.get("request")) && this.response.read(json.get("response"));
    if (!valid) log(LogLevel.Error, "the configuration must be {\"request\": {NAME: VALUE}, \"response\": {NAME: VALUE}}");
    return valid;
  }

  createExchange(): Exchange {
    return new Rewriting(this);
  }
}

class Rewriting extends Exchange {
  constructor(private plugin: HeaderRewrite) { super(); }

  onRequestHeaders(count: u32, end: bool): Action {
    const flat = this.plugin.request.flat;
    for (let i = 0; i < flat.length; i += 2) request.set(flat[i], flat[i + 1]);
    return Action.Continue;
  }

  onResponseHeaders(count: u32, end: bool): Action {
    const flat = this.plugin.response.flat;
    for (let i = 0; i < flat.length; i += 2) response.set(flat[i], flat[i + 1]);
    return Action.Continue;
  }
}

register((): Plugin => new HeaderRewrite());
