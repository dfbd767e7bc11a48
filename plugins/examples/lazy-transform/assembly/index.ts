export * from "../../../sdk/assembly/exports";
export * from "../../../sdk/assembly/exports/body";
import {
  Action, Exchange, Headers, log, LogLevel, parseJson, Plugin, register, request, response,
} from "../../../sdk/assembly";
import { Changes } from "./changes";

class LazyTransform extends Plugin {
  request: Changes = new Changes();
  response: Changes = new Changes();

  onConfigure(config: string): bool {
    const json = parseJson(config);
    const valid = json != null && json.isObject && this.request.read(json.get("request")) && this.response.read(json.get("response"));
    if (!valid) log(LogLevel.Error, "the configuration must be {\"request\": {\"set\": {POINTER: VALUE}, \"remove\": [POINTER]}, \"response\": …}");
    return valid;
  }

  createExchange(): Exchange {
    return new Transforming(this);
  }
}

class Transforming extends Exchange {
  constructor(private plugin: LazyTransform) { super(); }

  onRequestBody(size: u32, end: bool): Action {
    return transform(request, this.plugin.request, end);
  }

  onResponseBody(size: u32, end: bool): Action {
    return transform(response, this.plugin.response, end);
  }
}

function transform(headers: Headers, changes: Changes, end: bool): Action {
  if (changes.empty) return Action.Continue;
  const type = headers.get("content-type");
  if (type == null || !type.toLowerCase().includes("json")) return Action.Continue;
  if (!end) return Action.Pause;
  changes.apply();
  return Action.Continue;
}

register((): Plugin => new LazyTransform());
