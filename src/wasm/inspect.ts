import { createHash } from 'node:crypto';
import { callbacks, type Callback } from './abi/callbacks.ts';
import { given, type Grant } from './host/grants.ts';
import { hostFunction } from './host/registry.ts';
import { guessSdk } from './sdk.ts';
import { compileModule } from './vm/compile.ts';
import { memoryLimits, producersOf, sectionsOf, type Section } from './vm/sections.ts';

interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  /** `missing` is part of the ABI and answers UNIMPLEMENTED here; `unknown` is in no ABI that Loom knows. */
  readonly state: 'implemented' | 'missing' | 'unknown';
}

/** A module as a plugin author wants to see it. Sizes in bytes. */
export interface Inspection {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Why Loom does not load it; undefined when it does. */
  readonly problem: string | undefined;
  readonly abi: string | undefined;
  readonly sdk: string | undefined;
  readonly producers: Readonly<Record<string, readonly string[]>>;
  readonly memory: { readonly initial: number; readonly maximum: number | undefined } | undefined;
  readonly imports: readonly ImportedFunction[];
  /** Callbacks of the ABI that Loom calls. */
  readonly callbacks: readonly string[];
  readonly otherExports: readonly string[];
  readonly sections: readonly { readonly name: string; readonly custom: boolean; readonly bytes: number }[];
  /** Whether a trap can name functions. */
  readonly named: boolean;
  /**
   * What it may have to be granted beyond what every plugin has, by the callbacks it exports and the functions it imports:
   * an SDK that links everything makes this longer than what the plugin calls.
   */
  readonly grants: readonly Grant[];
}

/** Looks at a module without running any of it. Never rejects: what is wrong is `problem`. */
export async function inspectModule(bytes: Uint8Array): Promise<Inspection> {
  let problem: string | undefined;
  let abi: string | undefined;
  let sections: readonly Section[] = [];
  let imports: readonly WebAssembly.ModuleImportDescriptor[] = [];
  let exports: readonly string[] = [];
  try {
    abi = (await compileModule(bytes)).abi;
  } catch (error) {
    problem = (error as Error).message;
  }
  try {
    sections = sectionsOf(bytes);
    const module = await WebAssembly.compile(bytes);
    imports = WebAssembly.Module.imports(module);
    exports = WebAssembly.Module.exports(module).map(({ name }) => name);
  } catch {
    // Not a core module, or cut short: `problem` says so, and the rest stays as far as it was read.
  }
  const known = new Map<string, Callback>(Object.values(callbacks).map((entry) => [entry.name, entry]));
  const found = exports.flatMap((name) => known.get(name) ?? []);
  const producers = producersOf(sections);
  return {
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    problem,
    abi,
    sdk: guessSdk({
      exports: new Set(exports),
      imports: new Set(imports.map(({ module, name }) => `${module}.${name}`)),
      customSections: new Set(sections.filter(({ custom }) => custom).map(({ name }) => name)),
      producers,
    }),
    producers,
    memory: memoryLimits(sections),
    imports: imports.map(({ module, name }) => ({ module, name, state: stateOf(module, name) })),
    callbacks: found.map(({ name }) => name),
    otherExports: exports.filter((name) => !known.has(name)),
    sections: sections.map(({ name, custom, bytes: { length } }) => ({ name, custom, bytes: length })),
    named: sections.some(({ name, custom }) => custom && name === 'name'),
    grants: grantsOf(found, imports),
  };
}

function stateOf(module: string, name: string): ImportedFunction['state'] {
  const entry = hostFunction(module, name);
  if (!entry) return 'unknown';
  return entry.run ? 'implemented' : 'missing';
}

/** Functions over several maps or buffers are left out: the callbacks tell which of those matter. */
function grantsOf(
  exported: readonly Callback[],
  imports: readonly WebAssembly.ModuleImportDescriptor[],
): readonly Grant[] {
  const needed = new Set<Grant>(exported.flatMap(({ family }) => family ?? []));
  for (const { module, name } of imports) {
    const needs = hostFunction(module, name)?.needs;
    if (typeof needs === 'string') needed.add(needs);
  }
  return [...needed].filter((grant) => !given.has(grant)).toSorted();
}
