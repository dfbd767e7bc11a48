import { createHash } from 'node:crypto';

export interface CompiledModule {
  readonly module: WebAssembly.Module;
  /** Lower-case hex SHA-256 of the bytes. */
  readonly digest: string;
  /** Imports, as `module.name`, that nothing in Loom stands behind. */
  readonly unimplemented: readonly string[];
}

export type Compile = (bytes: Uint8Array) => Promise<CompiledModule>;

/** Compiles equal bytes once, as long as anybody holds on to the module; a failure is forgotten. */
export function compileOnce(compile: Compile): Compile {
  const modules = new Map<
    string,
    { module: WeakRef<WebAssembly.Module>; unimplemented: readonly string[] }
  >();
  const running = new Map<string, Promise<CompiledModule>>();
  const forget = new FinalizationRegistry<string>((digest) => {
    if (modules.get(digest)?.module.deref() === undefined) modules.delete(digest);
  });
  return (bytes) => {
    const digest = createHash('sha256').update(bytes).digest('hex');
    const known = modules.get(digest);
    const module = known?.module.deref();
    if (known && module) return Promise.resolve({ module, digest, unimplemented: known.unimplemented });
    let compiling = running.get(digest);
    if (!compiling) {
      compiling = compile(bytes)
        .then(({ module: made, unimplemented }) => {
          modules.set(digest, { module: new WeakRef(made), unimplemented });
          forget.register(made, digest);
          return { module: made, digest, unimplemented };
        })
        .finally(() => running.delete(digest));
      running.set(digest, compiling);
    }
    return compiling;
  };
}
