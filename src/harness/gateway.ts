import { SharedState } from '../balance/shared.ts';
import { Compiler } from '../compile/compiler.ts';
import { PluginPool } from '../compile/plugins.ts';
import { LoomError } from '../errors.ts';
import { Exchange } from '../http/exchange.ts';
import { makeRequestId } from '../http/request-id.ts';
import { PasswordLists } from '../middleware/basic-auth/password-lists.ts';
import { KeySets } from '../middleware/jwt/key-sets.ts';
import { BucketTable, makeBuckets } from '../middleware/rate-limit/bucket-table.ts';
import { diffModels, emptyModel, type PlacedModel } from '../runtime/delta.ts';
import { SnapshotCell } from '../runtime/cell.ts';
import type { Diagnostic } from '../runtime/messages.ts';
import { RequestHandler } from '../runtime/serve.ts';
import { emptySnapshot, type Snapshot } from '../runtime/snapshot.ts';
import type { PluginMetric } from '../telemetry/plugin-metrics.ts';
import { PluginMemories } from '../wasm/shared/plugin-memories.ts';
import { makeRoster, Roster } from '../wasm/shared/roster.ts';
import { WorkerPlace } from '../wasm/shared/worker-place.ts';
import { threadNumber } from '../wasm/vm/budget/cpu-clock.ts';
import { Epoch } from '../wasm/vm/budget/epoch.ts';
import { V8Engine } from '../wasm/vm/v8.ts';
import { PlayedCallouts } from './callouts.ts';
import type { Scenario } from './given.ts';
import { LogLines, type LogLine } from './log-lines.ts';
import type { Outcome } from './outcome.ts';
import { Pieces } from './pieces.ts';
import type { Plan } from './plan.ts';
import { SharedValues } from './shared-values.ts';
import { PlayedUpstream } from './upstream.ts';
import { ClientWire } from './wire.ts';

const peers = {
  listener: 'harness',
  client: { address: '192.0.2.1', port: 40_000 },
  local: { address: '192.0.2.2', port: 80 },
};

/**
 * A data worker without sockets: the compiler, the plugins and the handler of src/app/worker.ts, between a client and an
 * upstream that are played. Scenarios go through the same instances, one after the other.
 */
export class Gateway {
  readonly shared: SharedValues;
  /** What was logged before the first scenario. */
  readonly started: readonly LogLine[];
  /** Why a plugin does not start or refuses its configuration. */
  readonly problems: readonly string[];
  /** The same as a worker tells it. */
  readonly diagnostics: readonly Diagnostic[];
  readonly #logs: LogLines;
  readonly #memories: PluginMemories;
  readonly #compiler: Compiler;
  readonly #cell: SnapshotCell<Snapshot>;
  readonly #placed: PlacedModel;
  readonly #callouts: PlayedCallouts;
  readonly #handler: RequestHandler;
  #upstream: PlayedUpstream | undefined;
  #ended: (() => void) | undefined;

  private constructor(parts: Parts, diagnostics: readonly Diagnostic[]) {
    const { logs, memories, compiler, cell, placed, shared, callouts } = parts;
    this.shared = shared;
    this.started = logs.take();
    this.diagnostics = diagnostics;
    this.problems = diagnostics.map(({ id, message }) => `${id}: ${message}`);
    this.#logs = logs;
    this.#memories = memories;
    this.#compiler = compiler;
    this.#cell = cell;
    this.#placed = placed;
    this.#callouts = callouts;
    this.#handler = new RequestHandler(
      cell,
      (exchange, target) => (this.#upstream as PlayedUpstream).forward(exchange, target),
      () => this.#ended?.(),
    );
  }

  /** `values`: shared data that is there before the plugins start. */
  static async open(
    { model, plugins, guard }: Plan,
    logLevel: string,
    values: Iterable<readonly [key: string, value: string]> = [],
  ): Promise<Gateway> {
    const logs = new LogLines(logLevel);
    const memories = new PluginMemories();
    const upstreams = new Map(
      [...model.upstreams].map(([id, upstream], slot) => [id, { ...upstream, slot }]),
    );
    const placed = { ...model, upstreams, plugins: memories.attach(plugins), endpoints: new Map() };
    const shared = new SharedValues(placed.plugins.values());
    for (const [key, value] of values) shared.set(key, value);
    const roster = new Roster(makeRoster(1));
    const callouts = new PlayedCallouts((id) => compiler.cluster(id));
    const pool = new PluginPool({
      log: logs.logger,
      place: new WorkerPlace(0, roster),
      engine: new V8Engine(new Epoch(guard.epochs, 0, threadNumber())),
      duration: () => ({ observe: () => undefined }),
      callouts,
      changed: () => undefined,
    });
    const compiler: Compiler = new Compiler(new SharedState(), pool, {
      counter: () => ({ value: 0 }),
      buckets: new BucketTable(makeBuckets(1000)),
      send: () => Promise.reject(new LoomError('backend-missing', 'nothing is mirrored here')),
      keySets: new KeySets(logs.logger),
      passwords: new PasswordLists(),
    });
    const cell = new SnapshotCell<Snapshot>(emptySnapshot);
    const { snapshot, dropped, diagnostics } = await compiler.apply(1, diffModels(emptyModel, placed));
    cell.swap(snapshot, dropped);
    roster.enter(0);
    return new Gateway({ logs, memories, compiler, cell, placed, shared, callouts }, diagnostics);
  }

  /** Plays one scenario to its end, `proxy_on_log` included. Not to be called before the last one has ended. */
  async play(scenario: Scenario): Promise<Outcome> {
    const upstream = new PlayedUpstream(scenario.upstream);
    const wire = new ClientWire();
    const exchange = exchangeOf(scenario, wire);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#upstream = upstream;
    this.#ended = resolve;
    this.#callouts.expect(scenario.calls);
    this.#handler.serve(exchange);
    await promise;
    return {
      request: upstream.request,
      response: wire.response,
      error: exchange.errorCode ?? '',
      detail: exchange.errorDetail,
      plugins: exchange.plugins ?? {},
      calls: [...this.#callouts.made],
      logs: this.#logs.take(),
    };
  }

  /** What plugins have counted so far. */
  get metrics(): readonly (readonly [plugin: string, metrics: readonly PluginMetric[]])[] {
    return this.#memories.readMetrics();
  }

  /** Ends the instances. */
  async close(): Promise<void> {
    const { snapshot, dropped } = await this.#compiler.apply(2, diffModels(this.#placed, emptyModel));
    this.#cell.swap(snapshot, dropped);
  }
}

interface Parts {
  readonly logs: LogLines;
  readonly memories: PluginMemories;
  readonly compiler: Compiler;
  readonly cell: SnapshotCell<Snapshot>;
  readonly placed: PlacedModel;
  readonly shared: SharedValues;
  readonly callouts: PlayedCallouts;
}

function exchangeOf({ request: { head, body, trailers } }: Scenario, wire: ClientWire): Exchange {
  const source = body && new Pieces(body, trailers);
  const exchange = new Exchange(wire, { ...head, headers: head.headers.copy() }, source, peers);
  exchange.id = makeRequestId();
  wire.exchange = exchange;
  return exchange;
}
