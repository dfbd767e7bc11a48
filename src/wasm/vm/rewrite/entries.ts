import { isLasting, op, skipImmediates } from './instructions.ts';
import type { ModuleMap } from './module-map.ts';
import { Reader } from './reader.ts';

/** Instructions that may run between two looks at the deadline: about 10 µs. Without it 2^n calls could pass in a tree without cycles. */
const longestStretch = 20_000;

/** Direct calls of each function: those of `i` are `callees[first[i]]` up to `first[i + 1]`. By index among the defined ones. */
interface CallGraph {
  /** Whether calls change nothing of an instance but its memory and globals. */
  readonly passing: boolean;
  readonly first: Int32Array;
  readonly callees: Int32Array;
  readonly instructions: Int32Array;
}

/**
 * Which functions need a look at the deadline when they are entered: those on a cycle of calls, those that may be called
 * through a table or a reference, and those that would run long before the next look. Others cost nothing. `passing`: calls
 * change nothing of an instance but its memory and globals.
 */
export function entriesToCheck(
  bytes: Uint8Array,
  code: number,
  map: ModuleMap,
): { readonly check: Uint8Array; readonly passing: boolean } {
  const graph = readCalls(new Reader(bytes, code), map);
  const count = graph.instructions.length;
  const check = new Uint8Array(count);
  const cost = new Float64Array(count);
  eachComponent(graph, (component) => {
    for (const f of component) {
      let cyclic = component.length > 1;
      let total = graph.instructions[f] as number;
      for (let k = graph.first[f] as number; k < (graph.first[f + 1] as number); k++) {
        const callee = graph.callees[k] as number;
        cyclic ||= callee === f;
        total += check[callee] === 1 ? 1 : (cost[callee] as number);
      }
      cost[f] = total;
      if (cyclic || map.reachable[f + map.importedFunctions] === 1 || total > longestStretch) check[f] = 1;
    }
  });
  return { check, passing: graph.passing };
}

function readCalls(reader: Reader, map: ModuleMap): CallGraph {
  const count = reader.u32();
  const first = new Int32Array(count + 1);
  const instructions = new Int32Array(count);
  const callees: number[] = [];
  let passing = true;
  for (let f = 0; f < count; f++) {
    first[f] = callees.length;
    const size = reader.u32();
    const end = reader.at + size;
    skipLocals(reader);
    let counted = 0;
    while (reader.at < end) {
      const opcode = reader.byte();
      counted++;
      if (isLasting(reader, opcode)) passing = false;
      if (opcode === op.call || opcode === op.returnCall) {
        const callee = reader.u32() - map.importedFunctions;
        if (callee >= 0) callees.push(callee);
      } else if (opcode === op.refFunc) map.reachable[reader.u32()] = 1;
      else skipImmediates(reader, opcode);
    }
    instructions[f] = counted;
  }
  first[count] = callees.length;
  return { passing, first, callees: Int32Array.from(callees), instructions };
}

export function skipLocals(reader: Reader): void {
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.skipNumber();
    reader.skipValueType();
  }
}

/** Strongly connected components, callees before callers (Tarjan 1972; with a stack of its own, since chains of calls are long). */
function eachComponent(graph: CallGraph, visit: (component: readonly number[]) => void): void {
  const count = graph.instructions.length;
  const order = new Int32Array(count).fill(-1);
  const lowest = new Int32Array(count);
  const next = graph.first.slice(0, count);
  const open = new Uint8Array(count);
  const waiting: number[] = [];
  const path: number[] = [];
  let time = 0;
  const enter = (f: number): void => {
    order[f] = lowest[f] = time++;
    waiting.push(f);
    open[f] = 1;
    path.push(f);
  };
  const lower = (f: number, to: number): void => {
    if (to < (lowest[f] as number)) lowest[f] = to;
  };
  for (let root = 0; root < count; root++) {
    if (order[root] !== -1) continue;
    enter(root);
    while (path.length > 0) {
      const f = path.at(-1) as number;
      const k = next[f] as number;
      if (k < (graph.first[f + 1] as number)) {
        next[f] = k + 1;
        const callee = graph.callees[k] as number;
        if (order[callee] === -1) enter(callee);
        else if (open[callee] === 1) lower(f, order[callee] as number);
        continue;
      }
      path.pop();
      const caller = path.at(-1);
      if (caller !== undefined) lower(caller, lowest[f] as number);
      if (lowest[f] !== order[f]) continue;
      const component = waiting.splice(waiting.lastIndexOf(f));
      for (const member of component) open[member] = 0;
      visit(component);
    }
  }
}
