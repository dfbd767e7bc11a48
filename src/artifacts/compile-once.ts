import { createHash } from 'node:crypto';

export interface CompiledModule {
  readonly module: WebAssembly.Module;
  /** Lower-case hex SHA-256 of the bytes. */
  readonly digest: string;
}

export type Compile = (bytes: Uint8Array) => Promise<CompiledModule>;

/** Compiles equal bytes once, as long as anybody holds on to the module; a failure is forgotten. */
export function compileOnce(compile: Compile): Compile {
  const modules = new Map<string, WeakRef<WebAssembly.Module>>();
  const running = new Map<string, Promise<CompiledModule>>();
  const forget = new FinalizationRegistry<string>((digest) => {
    if (modules.get(digest)?.deref() === undefined) modules.delete(digest);
  });
  return (bytes) => {
    const digest = createHash('sha256').update(bytes).digest('hex');
    const module = modules.get(digest)?.deref();
    if (module) return Promise.resolve({ module, digest });
    let compiling = running.get(digest);
    if (!compiling) {
      compiling = compile(bytes)
        .then(({ module: made }) => {
          modules.set(digest, new WeakRef(made));
          forget.register(made, digest);
          return { module: made, digest };
        })
        .finally(() => running.delete(digest));
      running.set(digest, compiling);
    }
    return compiling;
  };
}
