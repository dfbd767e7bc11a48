export * from "../../../sdk/assembly/exports";
export * from "../../../sdk/assembly/exports/body";
import {
  Action, Body, Exchange, Headers, log, LogLevel, parseJson, Plugin, register, request, requestBody, response, responseBody,
} from "../../../sdk/assembly";
import { Changes } from "./changes";

class BodyTransform extends Plugin {
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
  constructor(private plugin: BodyTransform) { super(); }

  onRequestHeaders(count: u32, end: bool): Action {
    return open(request, this.plugin.request, end);
  }

  onRequestBody(size: u32, end: bool): Action {
    return transform(request, requestBody, this.plugin.request, end);
  }

  onResponseHeaders(count: u32, end: bool): Action {
    return open(response, this.plugin.response, end);
  }

  onResponseBody(size: u32, end: bool): Action {
    return transform(response, responseBody, this.plugin.response, end);
  }
}

function applies(headers: Headers, changes: Changes): bool {
  if (changes.empty) return false;
  const type = headers.get("content-type");
  return type != null && type.toLowerCase().includes("json");
}

/** The length will be another: other hosts than Loom send what the head said. */
function open(headers: Headers, changes: Changes, end: bool): Action {
  if (!end && applies(headers, changes)) headers.remove("content-length");
  return Action.Continue;
}

function transform(headers: Headers, body: Body, changes: Changes, end: bool): Action {
  if (!applies(headers, changes)) return Action.Continue;
  if (!end) return Action.Pause;
  const json = body.json();
  if (json) {
    changes.apply(json);
    body.replaceJson(json);
  }
  return Action.Continue;
}

register((): Plugin => new BodyTransform());
