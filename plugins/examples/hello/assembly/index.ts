export * from "../../../sdk/assembly/exports";
import { Action, Exchange, Plugin, register, response } from "../../../sdk/assembly";

class Hello extends Plugin {
  createExchange(): Exchange {
    return new Greeting();
  }
}

class Greeting extends Exchange {
  onResponseHeaders(count: u32, end: bool): Action {
    response.set("x-hello", "world");
    return Action.Continue;
  }
}

register((): Plugin => new Hello());
