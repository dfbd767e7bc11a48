import type { Exchange } from '../../../src/http/exchange.ts';
import type { LoadedPlugin } from '../../../src/runtime/messages.ts';
import type { AbiVersion } from '../../../src/wasm/abi/version.ts';
import { RootContext, StreamContext } from '../../../src/wasm/context/context.ts';
import { Host } from '../../../src/wasm/host/host.ts';
import { makeImports } from '../../../src/wasm/host/imports.ts';
import { registry } from '../../../src/wasm/host/registry.ts';
import { PluginMemories } from '../../../src/wasm/shared/plugin-memories.ts';
import { PluginShare } from '../../../src/wasm/shared/plugin-share.ts';
import { GuestMemory } from '../../../src/wasm/vm/memory.ts';
import { anExchange, builtModule, plugin, world, type World } from '../world.ts';

const guest = new WebAssembly.Module(builtModule('memory'));
const guard = 0xa5;
const input = 0x1000;
const out = 0x6000;

type Value = number | bigint | string | Buffer;

export interface Caller {
  readonly host: Host;
  readonly world: World;
  readonly memory: WebAssembly.Memory;
  readonly root: RootContext;
  readonly stream: StreamContext;
  setMode(mode: number): void;
  /** Calls a function with plain numbers, through the guard that plugins meet. */
  raw(name: string, ...args: (number | bigint)[]): number;
  /** Texts become a pointer and a size; `results` result pointers are added. Guard bytes around all of it must survive. */
  call(name: string, args: readonly Value[], results?: number): number;
  /** The n-th result as a number. */
  result(n?: number): number;
  result64(n?: number): bigint;
  /** The value that the first two results point to. */
  value(): Buffer;
}

/** Calls host functions as a plugin would, with the memory and the allocator of a real instance. */
export function caller(
  options: {
    exchange?: Exchange;
    plugin?: Partial<LoadedPlugin>;
    abi?: AbiVersion;
    config?: string;
    level?: string;
  } = {},
): Caller {
  const remembered = world(options.level);
  const id = options.plugin?.id ?? plugin.id;
  const loaded = new PluginMemories().attach(new Map([[id, { ...plugin, ...options.plugin }]])).get(id);
  if (!loaded) throw new Error(`${id} was lost`);
  const host = new Host(
    loaded,
    options.abi ?? '0.2.1',
    remembered.log.child({ plugin: 'shop/p' }),
    new PluginShare(loaded, remembered.place),
    remembered.callouts,
  );
  const exports = new WebAssembly.Instance(guest).exports as {
    memory: WebAssembly.Memory;
    setMode(mode: number): void;
    rewind(): void;
    proxy_on_memory_allocate(size: number): number;
  };
  host.memory = new GuestMemory(exports.memory, (size) => {
    try {
      return exports.proxy_on_memory_allocate(size);
    } catch (error) {
      host.fatal = error as Error;
      throw error;
    }
  });
  const root = new RootContext(1, Buffer.from(options.config ?? '{"a":1}'), host.access);
  const stream = new StreamContext(2, root, options.exchange ?? anExchange());
  stream.writable = 0;
  // No stage runs: what the guest did is read off the stream.
  stream.owner = { answered() {}, failed() {}, inject() {} };
  host.contexts.set(1, root);
  host.contexts.set(2, stream);
  host.current = stream;
  const asked = registry.map(({ module, name }) => ({ module, name, kind: 'function' as const }));
  const imports = makeImports(asked, host);
  const functions = { ...imports['wasi_snapshot_preview1'], ...imports['env'] } as Record<
    string,
    (...args: unknown[]) => number
  >;
  const bytes = (): Buffer => Buffer.from(exports.memory.buffer);
  const raw = (name: string, ...args: unknown[]): number =>
    (functions[name] as (...args: unknown[]) => number)(...args);
  return {
    host,
    world: remembered,
    memory: exports.memory,
    root,
    stream,
    setMode: (mode) => exports.setMode(mode),
    raw,
    call(name, args, results = 0) {
      exports.rewind();
      bytes().fill(guard, 0, 0x8000);
      const flat: (number | bigint)[] = [];
      let at = input;
      const spans: [number, number][] = [];
      for (const arg of args) {
        if (typeof arg === 'number' || typeof arg === 'bigint') flat.push(arg);
        else {
          const text = typeof arg === 'string' ? Buffer.from(arg, 'latin1') : arg;
          text.copy(bytes(), at);
          spans.push([at, text.length]);
          flat.push(at, text.length);
          at += text.length + 8;
        }
      }
      for (let i = 0; i < results; i++) flat.push(out + 16 * i);
      const before = Buffer.from(bytes().subarray(0, out));
      const answer = raw(name, ...flat);
      const after = bytes();
      if (!after.subarray(0, out).equals(before)) throw new Error(`${name} changed its input`);
      for (let i = 0; i < results; i++) {
        const edge = after.subarray(out + 16 * i + 8, out + 16 * i + 16);
        if (edge.some((byte) => byte !== guard)) throw new Error(`${name} wrote beyond result ${i}`);
      }
      const tail = after.subarray(out + 16 * results, 0x8000);
      if (tail.some((byte) => byte !== guard)) throw new Error(`${name} wrote beyond its results`);
      return answer;
    },
    result: (n = 0) => bytes().readUInt32LE(out + 16 * n),
    result64: (n = 0) => bytes().readBigUInt64LE(out + 16 * n),
    value() {
      const [pointer, size] = [bytes().readUInt32LE(out), bytes().readUInt32LE(out + 16)];
      return Buffer.from(bytes().subarray(pointer, pointer + size));
    },
  };
}
