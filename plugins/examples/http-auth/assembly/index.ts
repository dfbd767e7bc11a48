export * from "../../../sdk/assembly/exports";
export * from "../../../sdk/assembly/exports/calls";
import {
  Action, CallResponse, continueRequest, Exchange, httpCall, log, LogLevel, parseJson, Plugin, register, request, respond,
} from "../../../sdk/assembly";
import { Config } from "./config";

class HttpAuth extends Plugin {
  config: Config = new Config();

  onConfigure(config: string): bool {
    if (this.config.read(parseJson(config))) return true;
    log(LogLevel.Error, "the configuration must be {\"upstream\": NAME, …}, see the README");
    return false;
  }

  createExchange(): Exchange {
    return new Asking(this.config);
  }
}

class Asking extends Exchange {
  constructor(private config: Config) { super(); }

  onRequestHeaders(count: u32, end: bool): Action {
    const config = this.config;
    const question = [":method", "GET", ":path", config.path, ":authority", config.authority];
    this.send(question, "x-original-method", request.get(":method"));
    this.send(question, "x-original-path", request.get(":path"));
    for (let i = 0; i < config.sendHeaders.length; i++)
      this.send(question, config.sendHeaders[i], request.get(config.sendHeaders[i]));
    if (httpCall(this, config.upstream, question, "", config.timeoutMs) == 0)
      respond(503, [], "the authorization service is not known\n", "auth_unknown");
    return Action.Pause;
  }

  private send(question: string[], name: string, value: string | null): void {
    if (value === null) return;
    question.push(name);
    question.push(value);
  }

  onCallResponse(token: u32, answer: CallResponse): void {
    const status = answer.status;
    if (status >= 200 && status < 300) {
      const names = this.config.copyHeaders;
      for (let i = 0; i < names.length; i++) this.copy(names[i], answer.headers.get(names[i]));
      continueRequest();
    } else if (status == 401 || status == 403) {
      const challenge = answer.headers.get("www-authenticate");
      respond(status, challenge ? ["www-authenticate", challenge] : [], answer.text(), "auth_denied");
    } else {
      log(LogLevel.Warn, "the authorization service answered " + status.toString());
      respond(503, [], "the authorization service does not answer\n", "auth_unavailable");
    }
  }

  /** What the client itself says about who it is must not reach the upstream. */
  private copy(name: string, value: string | null): void {
    request.remove(name);
    if (value !== null) request.set(name, value);
  }
}

register((): Plugin => new HttpAuth());
