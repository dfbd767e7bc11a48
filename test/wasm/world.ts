import { readFileSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import type { Cluster } from '../../src/balance/cluster.ts';
import { Callouts } from '../../src/upstream/callouts/callouts.ts';
import { HeaderList } from '../../src/http/headers.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { capabilityFamilies } from '../../src/model/plugin.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { makeRoster, Roster } from '../../src/wasm/shared/roster.ts';
import { WorkerPlace } from '../../src/wasm/shared/worker-place.ts';
import { Epoch, makeEpochs } from '../../src/wasm/vm/budget/epoch.ts';
import { compileModule } from '../../src/wasm/vm/compile.ts';
import { V8Engine } from '../../src/wasm/vm/v8.ts';
import type { PluginEnvironment } from '../../src/wasm/plugin-vm.ts';
import { exchangeOf } from '../support/requests.ts';

/** A guest of test/wasm/guests or a plugin of plugins/examples, as `npm run build:plugins` leaves it. */
export function builtModule(name: string): Buffer {
  const example = `plugins/examples/${name}/build/${name}.wasm`;
  try {
    return readFileSync(example);
  } catch {
    return readFileSync(`test/wasm/guests/build/${name}.wasm`);
  }
}

/** A plugin as the control thread hands it to workers; the module goes through the real compiler and its checks. */
export async function loadedPlugin(name: string, part: Partial<LoadedPlugin> = {}): Promise<LoadedPlugin> {
  const { module, digest } = await compileModule(builtModule(name));
  return { ...plugin, module, digest, ...part };
}

const everyHeader = { read: { allow: [], deny: [] }, write: { allow: [], deny: [] } };

/** No limits and every family: what a test is about, it sets. */
export const plugin: LoadedPlugin = {
  id: 'shop/p',
  source: { type: 'File', path: 'p.wasm' },
  rootId: 'root',
  vmId: '',
  config: '',
  env: [],
  phase: 'OnRequestHeaders',
  priority: 0,
  failurePolicy: { fetch: 'Closed', configure: 'Closed', run: 'Closed' },
  isolation: 'Shared',
  instances: 1,
  ticks: 'Worker',
  allowOnHeadersStopIteration: false,
  limits: {
    callbackCpuMs: 0,
    requestCpuMs: 0,
    startCpuMs: 0,
    memoryBytes: 64 << 20,
    bufferBytes: 1 << 20,
    concurrency: 0,
  },
  capabilities: {
    families: capabilityFamilies,
    upstreams: [],
    requestHeaders: everyHeader,
    responseHeaders: everyHeader,
  },
  version: 1,
  digest: '',
};

interface LogRecord {
  readonly level: number;
  readonly msg: string;
  readonly plugin?: string;
  readonly text?: string;
  readonly function?: string;
  readonly functions?: readonly string[];
  readonly stack?: readonly string[];
}

export interface World extends PluginEnvironment {
  readonly log: Logger;
  readonly records: LogRecord[];
  readonly observed: [string, string, number][];
  /** What plugins may call, by id. */
  readonly clusters: Map<string, Cluster>;
  /** Calls that ended: `plugin upstream outcome`. */
  readonly calls: string[];
  /** What plugins said since the last call, in order. */
  said(): string[];
}

/** An environment that remembers. */
export function world(level = 'trace'): World {
  const records: LogRecord[] = [];
  const observed: [string, string, number][] = [];
  const clusters = new Map<string, Cluster>();
  const calls: string[] = [];
  let heard = 0;
  return {
    place: new WorkerPlace(0, new Roster(makeRoster(1))),
    changed() {},
    // Nobody watches: what a test is about, it sets.
    engine: new V8Engine(new Epoch(makeEpochs(1), 0, 0)),
    log: pino(
      { level, base: {} },
      { write: (line: string) => void records.push(JSON.parse(line) as LogRecord) },
    ),
    callouts: new Callouts({
      cluster: (id) => clusters.get(id),
      ended: (...call) => void calls.push(call.slice(0, 3).join(' ')),
    }),
    clusters,
    calls,
    records,
    observed,
    duration: (id, callback) => ({
      observe: (seconds) => void observed.push([id, callback, seconds]),
    }),
    said() {
      const texts = records.slice(heard).flatMap(({ text }) => (text === undefined ? [] : [text]));
      heard = records.length;
      return texts;
    },
  };
}

export const anExchange = (line = 'GET shop.example.com/cart?x=1', headers: string[] = []): Exchange =>
  exchangeOf(line, headers).exchange;

export function respond(exchange: Exchange, status = 200, headers: string[] = []): Exchange {
  exchange.response = { status, headers: new HeaderList(headers) };
  return exchange;
}

/** Waits until a condition holds; fails after thirty seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Deterministic numbers in [0, 1) from a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** FUZZ_SEED repeats a run; the seed is printed because nothing else tells which one failed. */
export function seedFor(name: string): number {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
  console.log(`      ${name}: FUZZ_SEED=${seed}`);
  return seed;
}
