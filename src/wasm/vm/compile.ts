import { createHash } from 'node:crypto';
import { abiVersionOf, type AbiVersion } from '../abi/version.ts';
import { unimplementedImports } from '../host/registry.ts';

export interface CompiledPlugin {
  readonly module: WebAssembly.Module;
  /** Lower-case hex SHA-256 of the bytes. */
  readonly digest: string;
  readonly abi: AbiVersion;
  /** Imports, as `module.name`, that this host answers with UNIMPLEMENTED. */
  readonly unimplemented: readonly string[];
}

/**
 * Checks and compiles a module, once for all threads: the result can be posted to workers. Rejects with an Error whose
 * message says what is wrong with the module.
 */
export async function compileModule(bytes: Uint8Array): Promise<CompiledPlugin> {
  checkPreamble(bytes);
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(bytes);
  } catch (error) {
    throw new Error(`the module does not compile: ${(error as Error).message}`, { cause: error });
  }
  const abi = checkModule(module);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { module, digest, abi, unimplemented: unimplementedImports(module) };
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
  const foreign = WebAssembly.Module.imports(module).filter(({ kind }) => kind !== 'function');
  if (foreign.length > 0) {
    const list = foreign.map(({ module: from, name, kind }) => `${from}.${name} (a ${kind})`);
    throw new Error(`the module imports what a Proxy-Wasm host does not have: ${list.join(', ')}`);
  }
  return abi;
}
