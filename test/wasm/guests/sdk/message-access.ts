/**
 * Reads and writes fields of a message the way its configuration says:
 * {"at": "request" (head) or "response" (body), "by": "nothing", "body", "whole", "fields" or "headers", "read": [POINTER], "write": [POINTER],
 * "say": bool, "fill": fields get a text so long, in a list}. `body` is the body alone, `headers` the functions of Proxy-Wasm. Says what
 * it has read.
 */
export * from "../../../../plugins/sdk/assembly/exports";
export * from "../../../../plugins/sdk/assembly/exports/response-body";
import {
  Action, Exchange, Json, log, LogLevel, parseJson, parsePointer, Plugin, readField, readMessage, register, request, responseBody, setAt,
  valueAt, writeField, writeJson, writeMessage,
} from "../../../../plugins/sdk/assembly";

class Access extends Plugin {
  at: string = "";
  by: string = "";
  say: bool = false;
  readPointers: string[] = [];
  reads: string[][] = [];
  writePointers: string[] = [];
  writes: string[][] = [];
  value: Json = Json.ofText("changed by the plugin");
  valueText: string = "\"changed by the plugin\"";

  onConfigure(config: string): bool {
    const json = parseJson(config)!;
    this.at = json.get("at")!.text;
    this.by = json.get("by")!.text;
    this.say = json.get("say") !== null;
    this.readPointers = texts(json.get("read")!);
    this.writePointers = texts(json.get("write")!);
    const fill = json.get("fill");
    if (fill) this.valueText = "[\"" + "x".repeat(<i32>fill.number) + "\"]";
    this.reads = parsed(this.readPointers, this.by);
    this.writes = parsed(this.writePointers, this.by);
    return true;
  }

  createExchange(): Exchange { return new Accessing(this); }

  run(): void {
    if (this.by == "whole") {
      const message = readMessage()!;
      this.change(message);
      if (this.writes.length > 0) writeMessage(message);
    } else if (this.by == "body") {
      const body = responseBody.json()!;
      this.change(body);
      if (this.writes.length > 0) responseBody.replaceJson(body);
    } else if (this.by == "fields") {
      for (let i = 0; i < this.readPointers.length; i++) {
        const text = readField(this.readPointers[i]);
        this.tell(i, text ? parseJson(text) : null);
      }
      for (let i = 0; i < this.writePointers.length; i++) writeField(this.writePointers[i], this.valueText);
    } else if (this.by == "headers") {
      for (let i = 0; i < this.reads.length; i++) {
        const text = request.get(this.reads[i][1]);
        this.tell(i, text ? Json.ofText(text) : null);
      }
      for (let i = 0; i < this.writes.length; i++) request.set(this.writes[i][1], this.value.text);
    }
  }

  private change(json: Json): void {
    for (let i = 0; i < this.reads.length; i++) this.tell(i, valueAt(json, this.reads[i]));
    for (let i = 0; i < this.writes.length; i++) setAt(json, this.writes[i], this.value);
  }

  private tell(i: i32, value: Json | null): void {
    if (this.say) log(LogLevel.Info, this.readPointers[i] + " " + (value ? writeJson(value) : "none"));
  }
}

class Accessing extends Exchange {
  constructor(private plugin: Access) { super(); }

  onRequestHeaders(count: u32, end: bool): Action {
    if (this.plugin.at == "request") this.plugin.run();
    return Action.Continue;
  }

  onResponseBody(size: u32, end: bool): Action {
    if (this.plugin.at != "response") return Action.Continue;
    if (!end) return Action.Pause;
    this.plugin.run();
    return Action.Continue;
  }
}

function texts(json: Json): string[] {
  return json.list.map<string>((each) => each.text);
}

/** By body the pointers begin within the body. */
function parsed(pointers: string[], by: string): string[][] {
  const all: string[][] = [];
  for (let i = 0; i < pointers.length; i++) all.push(parsePointer(by == "body" ? pointers[i].substring(5) : pointers[i])!);
  return all;
}

register((): Plugin => new Access());
