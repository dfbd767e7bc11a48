import { proxy_define_metric, proxy_get_metric, proxy_increment_metric, proxy_record_metric } from "./host/shared";
import { bytesOf, numberOut, pointerOf } from "./memory";

/** A number on the metrics page of the host; defined once, in onConfigure. */
class Metric {
  private id: u32 = 0;

  constructor(type: i32, name: string) {
    const n = bytesOf(name);
    if (proxy_define_metric(type, pointerOf(n), n.byteLength, numberOut) == 0) this.id = load<u32>(numberOut);
  }

  protected add(delta: i64): void {
    proxy_increment_metric(this.id, delta);
  }

  protected put(value: u64): void {
    proxy_record_metric(this.id, value);
  }

  /** Of all workers together. */
  get value(): u64 {
    return proxy_get_metric(this.id, numberOut) == 0 ? load<u64>(numberOut) : 0;
  }
}

export class Counter extends Metric {
  constructor(name: string) { super(0, name); }
  increment(by: i64 = 1): void { this.add(by); }
}

export class Gauge extends Metric {
  constructor(name: string) { super(1, name); }
  increment(by: i64): void { this.add(by); }
  set(value: u64): void { this.put(value); }
}

export class Histogram extends Metric {
  constructor(name: string) { super(2, name); }
  record(value: u64): void { this.put(value); }
}
