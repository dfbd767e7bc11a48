/** To one endpoint; calls beyond it wait for another to end, as long as their timeouts let them. */
const maxActive = 1024;

/** A call that wants to begin. */
export interface Waiter {
  /** It does not want to any more. */
  readonly over: boolean;
  begin(): void;
}

interface Gate {
  readonly waiting: Waiter[];
  active: number;
}

/** How many calls of plugins are on their way to one endpoint at once. */
export class CallGates {
  /** By `host:port`. */
  readonly #gates = new Map<string, Gate>();

  /** Lets a call begin, at once or when another has left. After `begin`, one `leave` must follow. */
  enter(authority: string, waiter: Waiter): void {
    let gate = this.#gates.get(authority);
    if (!gate) this.#gates.set(authority, (gate = { waiting: [], active: 0 }));
    if (gate.active >= maxActive) gate.waiting.push(waiter);
    else {
      gate.active++;
      waiter.begin();
    }
  }

  leave(authority: string): void {
    const gate = this.#gates.get(authority);
    if (!gate) return;
    gate.active--;
    // Not at once: whoever ends all calls of a plugin must not start those that it is about to end.
    if (gate.waiting.length > 0 && gate.active === maxActive - 1) setImmediate(() => admit(gate));
    else if (gate.waiting.length === 0 && gate.active === 0) this.#gates.delete(authority);
  }
}

function admit(gate: Gate): void {
  while (gate.active < maxActive) {
    const next = gate.waiting.shift();
    if (!next) return;
    if (next.over) continue;
    gate.active++;
    next.begin();
  }
}
