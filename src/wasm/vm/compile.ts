import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { abiVersionOf, type AbiVersion } from '../abi/version.ts';
import { unimplementedImports } from '../host/registry.ts';
import { checkOf } from './rewrite/code.ts';
import { rewrite } from './rewrite/rewrite.ts';

/**
 * V8 would compile each function at its first call, and the first request of a large plugin would pay tens of milliseconds.
 * All at once it takes 100 ms and 13 MiB more for a module of 6.5 MB, on threads of V8's own.
 */
setFlagsFromString('--no-wasm-lazy-compilation');

export interface CompiledPlugin {
  readonly module: WebAssembly.Module;
  /** Lower-case hex SHA-256 of the bytes. */
  readonly digest: string;
  readonly abi: AbiVersion;
  /** Imports, as `module.name`, that this host answers with UNIMPLEMENTED. */
  readonly unimplemented: readonly string[];
}

/**
 * Checks, rewrites (see `rewrite`) and compiles a module, once for all threads: the result can be posted to workers. Rejects with an Error whose
 * message says what is wrong with the module. `atomic`: see `checkOf`.
 */
export async function compileModule(bytes: Uint8Array, atomic = false): Promise<CompiledPlugin> {
  checkPreamble(bytes);
  // The rewriter relies on it, and only in a valid module nothing refers to a second memory: it is the host's.
  if (!WebAssembly.validate(bytes)) await compile(bytes);
  const module = await compile(rewrite(bytes, checkOf(atomic)));
  const abi = checkModule(module);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { module, digest, abi, unimplemented: unimplementedImports(module) };
}

async function compile(bytes: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw new Error(`the module does not compile: ${(error as Error).message}`, { cause: error });
  }
}

/** The first 8 bytes: magic, then version and layer (core specification 5.5.16, component model `Binary.md`). */
function checkPreamble(bytes: Uint8Array): void {
  const head = Buffer.from(bytes.subarray(0, 8)).toString('hex');
  if (head === '0061736d01000000') return;
  if (!head.startsWith('0061736d'))
    throw new Error('not a WebAssembly module: it does not begin with \\0asm');
  if (head.endsWith('0100'))
    throw new Error('this is a WebAssembly component; Proxy-Wasm plugins are core modules');
  throw new Error('not a WebAssembly module of version 1');
}

/** What every Proxy-Wasm module must have; returns its ABI. */
function checkModule(module: WebAssembly.Module): AbiVersion {
  const exports = WebAssembly.Module.exports(module);
  const functions = new Set(exports.filter(({ kind }) => kind === 'function').map(({ name }) => name));
  const abi = abiVersionOf(functions);
  if (!exports.some(({ name, kind }) => name === 'memory' && kind === 'memory')) {
    throw new Error('the module exports no memory named "memory"');
  }
  if (!functions.has('proxy_on_memory_allocate') && !functions.has('malloc')) {
    throw new Error('the module exports no allocator: neither proxy_on_memory_allocate nor malloc');
  }
  return abi;
}
