import { Json, JsonType } from "../../../sdk/assembly";

export class Config {
  upstream: string = "";
  authority: string = "";
  path: string = "/";
  sendHeaders: string[] = ["authorization", "cookie"];
  copyHeaders: string[] = [];
  timeoutMs: u32 = 1000;

  /** False when a member is missing or has another type. */
  read(json: Json | null): bool {
    if (!json || !json.isObject) return false;
    const upstream = json.get("upstream");
    if (!upstream || !upstream.isText || upstream.text == "") return false;
    this.upstream = upstream.text;
    this.authority = upstream.text;
    const authority = json.get("authority");
    if (authority) {
      if (!authority.isText) return false;
      this.authority = authority.text;
    }
    const path = json.get("path");
    if (path) {
      if (!path.isText || !path.text.startsWith("/")) return false;
      this.path = path.text;
    }
    const timeout = json.get("timeoutMs");
    if (timeout) {
      if (timeout.type != JsonType.Number || !(timeout.number >= 1)) return false;
      this.timeoutMs = <u32>timeout.number;
    }
    return readNames(json.get("sendHeaders"), this.sendHeaders) && readNames(json.get("copyHeaders"), this.copyHeaders);
  }
}

function readNames(json: Json | null, into: string[]): bool {
  if (!json) return true;
  if (json.type != JsonType.List) return false;
  into.length = 0;
  for (let i = 0; i < json.list.length; i++) {
    if (!json.list[i].isText) return false;
    into.push(json.list[i].text.toLowerCase());
  }
  return true;
}
