/**
 * Uses what of the SDK no example does. Words of its configuration, split by spaces: `count` has metrics of requests, `queue`
 * sends the path of each request through a queue, `tick` ticks twice, `trailers` changes them, `mark` sets a property, and `read`
 * says what an earlier plugin set; `call` holds the response until an upstream has answered. What comes back it says.
 */
export * from "../../../../plugins/sdk/assembly/exports";
export * from "../../../../plugins/sdk/assembly/exports/body";
export * from "../../../../plugins/sdk/assembly/exports/calls";
export * from "../../../../plugins/sdk/assembly/exports/log";
export * from "../../../../plugins/sdk/assembly/exports/queue";
export * from "../../../../plugins/sdk/assembly/exports/tick";
export * from "../../../../plugins/sdk/assembly/exports/trailers";
import {
  Action, bytesOf, CallResponse, continueResponse, Counter, dequeue, enqueue, Exchange, Gauge, Headers, Histogram, httpCall, log,
  LogLevel, Plugin, property, register, registerQueue, request, requestTrailers, resolveQueue, response, responseTrailers,
  setProperty, setTickPeriod, textOf,
} from "../../../../plugins/sdk/assembly";

const say = (text: string): void => log(LogLevel.Info, text);

class Metrics {
  requests: Counter = new Counter("guest.requests");
  open: Gauge = new Gauge("guest.open");
  sizes: Histogram = new Histogram("guest.sizes");
}

class Using extends Plugin {
  words: string[] = [];
  metrics: Metrics | null = null;
  queue: u32 = 0;
  ticks: i32 = 0;

  onConfigure(config: string): bool {
    this.words = config.split(" ");
    if (this.does("count")) this.metrics = new Metrics();
    if (this.does("queue")) {
      say("no queue " + resolveQueue("", "paths").toString());
      this.queue = registerQueue("paths");
    }
    if (this.does("tick")) setTickPeriod(1);
    return true;
  }

  does(word: string): bool { return this.words.includes(word); }

  createExchange(): Exchange { return new Use(this); }

  onTick(): void {
    say("tick " + this.id.toString());
    if (++this.ticks == 2) setTickPeriod(0);
  }

  onQueueReady(queue: u32): void {
    const message = dequeue(queue);
    say((queue == this.queue ? "message " : "not mine ") + (message ? textOf(message) : "none"));
    say(dequeue(queue) ? "another" : "empty");
  }
}

class Use extends Exchange {
  constructor(private plugin: Using) { super(); }

  onRequestHeaders(count: u32, end: bool): Action {
    const path = request.get(":path")!;
    const metrics = this.plugin.metrics;
    if (metrics) {
      metrics.requests.increment();
      metrics.requests.increment(2);
      metrics.open.set(5);
      metrics.open.increment(-1);
      metrics.sizes.record(path.length);
      say("counted " + metrics.requests.value.toString() + " " + metrics.open.value.toString());
    }
    if (this.plugin.does("queue")) say("sent " + enqueue(resolveQueue("", "paths"), bytesOf(path)).toString());
    if (this.plugin.does("mark")) setProperty(["guest", "mark"], "ä " + path);
    if (this.plugin.does("read")) {
      const mark = property(["guest", "mark"]);
      say("mark " + (mark ? mark : "none"));
    }
    return Action.Continue;
  }

  onRequestTrailers(count: u32): Action { return this.change("request", count, requestTrailers); }

  onResponseHeaders(count: u32, end: bool): Action {
    if (!this.plugin.does("call")) return Action.Continue;
    const token = httpCall(this, "auth", [":method", "GET", ":path", "/", ":authority", "auth"]);
    return token != 0 ? Action.Pause : Action.Continue;
  }

  onCallResponse(token: u32, answer: CallResponse): void {
    response.set("x-answer", answer.status.toString() + " " + answer.text());
    continueResponse();
  }

  onResponseTrailers(count: u32): Action { return this.change("response", count, responseTrailers); }

  onLog(): void { say("log " + request.get(":path")! + " " + response.get(":status")!); }

  private change(which: string, count: u32, trailers: Headers): Action {
    if (!this.plugin.does("trailers")) return Action.Continue;
    say(which + " trailers " + count.toString() + " " + trailers.pairs().join(" "));
    trailers.set("x-sum", which + " " + trailers.get("x-sum")!);
    trailers.add("x-more", "added");
    trailers.remove("x-drop");
    return Action.Continue;
  }
}

register((): Plugin => new Using());
