import { demangle } from './demangle.ts';

/** The machinery of a panic alone takes more frames than the ten that V8 keeps otherwise. */
const most = 32;
const longest = 200;
Error.stackTraceLimit = Math.max(Error.stackTraceLimit, most);

/** V8's line for a frame: `at module.name (wasm://wasm/module-hash:wasm-function[12]:0x34)`, where both names can be missing. */
const frame = /^ +at (?:(.*) \()?wasm:\/\/wasm\/(?:(.*)-)?[0-9a-f]+:wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/;

/**
 * The functions of the module that were running, innermost first, as `name (function 12)`; without a name section
 * `function 12`. Empty when the failure did not come out of a module. Looks at the causes too: the first that has frames counts.
 */
export function guestStack(error: unknown): string[] {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    const frames = framesOf(one.stack ?? '');
    if (frames.length > 0) return frames;
  }
  return [];
}

function framesOf(stack: string): string[] {
  const frames: string[] = [];
  for (const line of stack.split('\n')) {
    const found = frame.exec(line);
    if (!found || frames.length === most) continue;
    const [, name = '', module, index] = found;
    const own = module !== undefined && name.startsWith(`${module}.`) ? name.slice(module.length + 1) : name;
    frames.push(own === '' ? `function ${index}` : `${demangle(own).slice(0, longest)} (function ${index})`);
  }
  return frames;
}
