import type { Writer } from './writer.ts';

/** What the engine must know of a rewritten module; goes with it from thread to thread in a custom section. */
export interface ModuleShape {
  readonly initialPages: number;
  readonly maximumPages: number;
  /** Exports that are, with the memory, all that calls change of an instance; undefined when they change more. */
  readonly globals?: readonly string[] | undefined;
}

const name = 'loom';

export function writeShape(out: Writer, shape: ModuleShape): void {
  const text = Buffer.from(JSON.stringify(shape));
  out.byte(0);
  out.u32(1 + name.length + text.length);
  out.name(name);
  out.all(text);
}

export function shapeOf(module: WebAssembly.Module): ModuleShape {
  const [section] = WebAssembly.Module.customSections(module, name);
  if (!section) throw new Error('the module was not made by compileModule');
  return JSON.parse(Buffer.from(section).toString()) as ModuleShape;
}
