import type { PluginLoader } from '../artifacts/loader.ts';
import { DnsEndpoints } from '../balance/dns-endpoints.ts';
import { lookUp, lookUpForeign } from '../balance/name-lookup.ts';
import type { HealthChecker } from '../balance/health.ts';
import type { SharedState } from '../balance/shared.ts';
import type { Model } from '../model/model.ts';
import type { Pulse } from '../pulse.ts';
import type { PlacedModel } from '../runtime/delta.ts';
import { collectGarbage, isLarge } from '../runtime/collect-garbage.ts';
import { HoldOff } from '../runtime/holdoff.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import type { Applied, Workers } from '../runtime/workers.ts';
import type { Kind, ObjectStatus, Source } from '../sources/objects.ts';
import { ChangedObjects, everything } from '../sources/translate/changes.ts';
import type { Translator } from '../sources/translate/translator.ts';
import type { Verdict } from '../sources/translate/verdict.ts';
import type { ControlMetrics } from '../telemetry/control-metrics.ts';
import type { Logger } from '../telemetry/log.ts';
import type { PluginMemories } from '../wasm/shared/plugin-memories.ts';
import { AppliedLog } from './applied-log.ts';
import type { Placement } from './placement.ts';
import { LiveModel } from './live-model.ts';
import { PendingChanges } from './pending-changes.ts';
import { Reloaded } from './reloaded.ts';
import { StatusBoard } from './status-board.ts';
import { Unloaded } from './unloaded.ts';

export interface ControlParts {
  readonly source: Source;
  readonly translator: Translator;
  readonly loader: PluginLoader;
  readonly memories: PluginMemories;
  readonly placement: Placement;
  readonly workers: Workers;
  readonly shared: SharedState;
  readonly health: HealthChecker;
  /** Woken when upstreams may have changed of which some are watched. */
  readonly rounds?: Pick<Pulse, 'wake'>;
  readonly metrics: ControlMetrics;
  readonly log: Logger;
  /** Upstreams have no addresses of the machine itself, whatever their names lead to. */
  readonly foreignOnly?: boolean;
}

/**
 * The life of a change, on the control thread: event → dirty → hold-off → translate → load modules → place → workers
 * compile and swap → acknowledged → status. Endpoint changes go straight to the workers.
 */
export class Control {
  readonly #parts: ControlParts;
  readonly #holdOff: HoldOff;
  readonly #dns: DnsEndpoints;
  readonly #live: LiveModel;
  readonly #applied: AppliedLog;
  readonly #board = new StatusBoard();
  /** Objects that the translator has not looked at since they changed. */
  readonly #changed = new ChangedObjects();
  /** What it found, and the workers have not heard. */
  readonly #pending = new PendingChanges();
  /** Of what the workers have, or are being given. */
  readonly #verdicts = new Map<string, Verdict>();
  /** Objects of which the source has not heard what became. */
  readonly #unreported = new Set<string>();
  #plugins: ReadonlyMap<string, LoadedPlugin> = new Map();
  readonly #unloaded = new Unloaded();
  readonly #reloaded = new Reloaded();
  /** Once: from then on the translator hears of changes only. */
  #isTranslated = false;
  /** All that the translation names had been looked up: nothing is missing that only has not come yet. */
  #isSettled = true;
  /** The workers have a change and have not acknowledged it. */
  #isSending = false;
  #endpointsDirty = false;
  #dirtySince = 0;
  #revision = 0;
  #fetching: readonly string[] = [];
  #applying: Promise<void> = Promise.resolve();

  constructor(parts: ControlParts) {
    const { log, placement } = parts;
    this.#parts = parts;
    this.#applied = new AppliedLog(log);
    this.#holdOff = new HoldOff(() => this.#apply());
    this.#dns = new DnsEndpoints(
      () => this.#endpointsChanged(),
      (name, addresses, problem) => {
        if (problem === undefined) log.info({ name, addresses }, 'host name resolved');
        else log.warn({ name, addresses, problem }, 'host name cannot be resolved; its addresses stay');
      },
      parts.foreignOnly ? lookUpForeign : lookUp,
    );
    this.#live = new LiveModel(placement, this.#dns, (upstream, err) =>
      log.error({ upstream, err }, 'there is no place for an upstream or its endpoints; what it had stays'),
    );
    parts.workers.onDiagnosed = () => this.#report();
  }

  /** Follows the source until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#close(), { once: true });
    await this.#parts.source.run(signal, (kind, key) => this.changed(kind, key));
  }

  #close(): void {
    this.#holdOff.close();
    this.#applied.close();
    this.#dns.close();
  }

  /** Without a key: any objects of the kind. */
  changed(kind: Kind, key?: string): void {
    this.#changed.add(kind, key);
    if (kind === 'EndpointSlice' && this.#isTranslated) return this.#endpointsChanged();
    if (this.#dirtySince === 0) this.#dirtySince = performance.now();
    this.#holdOff.mark();
  }

  #endpointsChanged(): void {
    if (this.#endpointsDirty) return;
    this.#endpointsDirty = true;
    setImmediate(() => this.#applyEndpoints());
  }

  /** The last revision that every worker serves; 0 before the first. */
  get revision(): number {
    return this.#revision;
  }

  get model(): Model {
    return this.#live.model;
  }

  get plugins(): ReadonlyMap<string, LoadedPlugin> {
    return this.#plugins;
  }

  /** Host names of upstreams that could not be resolved the last time. */
  get failingNames(): number {
    return this.#dns.failing;
  }

  /** Plugins that the workers do not have, because the first fetch, or its Secret, is still to come. */
  get fetching(): readonly string[] {
    return this.#fetching;
  }

  get placed(): PlacedModel {
    return this.#live.placed;
  }

  /** See LiveModel. */
  get watched(): PlacedModel['upstreams'] {
    return this.#live.watched;
  }

  status(key: string): ObjectStatus | undefined {
    return this.#board.statuses.get(key);
  }

  /** Takes a plugin out until its object changes; requests get its fetch policy. Resolves when no worker uses it. */
  async unload(id: string): Promise<void> {
    const plugin = this.model.plugins.get(id);
    if (plugin) this.#unloaded.add(plugin);
    await this.#apply();
  }

  /** Gives a plugin new instances, and brings one back that was unloaded. Resolves when every worker has them. */
  async reload(id: string): Promise<void> {
    this.#unloaded.remove(id);
    this.#reloaded.add(id);
    await this.#apply();
  }

  /** One after the other: an older translation that waits for its modules must not undo a newer one. */
  #apply(): Promise<void> {
    this.#applying = this.#applying.then(() => this.#applyNow());
    return this.#applying;
  }

  async #applyNow(): Promise<void> {
    const { source, translator, loader, memories, workers, health, log } = this.#parts;
    if (!source.synced) return;
    const since = this.#dirtySince || performance.now();
    this.#dirtySince = 0;
    try {
      this.#translate();
      if (this.#pending.wanted) {
        const { secrets, configMaps } = translator.wanted;
        source.want(secrets, configMaps);
        this.#pending.wanted = false;
      }
      // Of the same moment as the translation.
      this.#isSettled = source.settled ?? true;
      const loaded = await loader.load(translator.model.plugins);
      const unloaded = this.#unloaded.cut(translator.model, loaded);
      this.#plugins = memories.attach(this.#reloaded.renew(unloaded));
      const { placed } = this.#live;
      const touched = new Set([...this.#pending.upstreams, ...this.#pending.endpoints]);
      const delta = this.#live.take(translator.model, this.#pending, this.#plugins);
      this.#takeVerdicts();
      this.#pending.clear();
      for (const { upstream } of delta.endpoints) touched.add(upstream);
      health.sync(placed.upstreams, placed.endpoints, touched);
      if (this.watched.size > 0) this.#parts.rounds?.wake();
      this.#isSending = true;
      const applied = await workers.apply(placed, delta).finally(() => (this.#isSending = false));
      this.#revision = applied.revision;
      this.#fetching = [...this.#plugins.values()].filter(isFetching).map(({ id }) => id);
      this.#tell(applied, performance.now() - since);
      this.#report();
      if (applied.revision === 1 && isLarge(delta)) await collectGarbage();
    } catch (error) {
      log.error({ err: error }, 'a change could not be applied; the last configuration goes on being served');
    }
  }

  /** The first time everything. A translator that failed has lost track of what it has seen. */
  #translate(kind?: Kind): void {
    const { source, translator, metrics } = this.#parts;
    const changed = this.#changed.take(kind);
    const isFirst = !this.#isTranslated;
    const began = performance.now();
    this.#isTranslated = false;
    this.#pending.add(translator.update(source.objects, isFirst ? everything : changed));
    this.#isTranslated = true;
    if (kind === undefined) metrics.translateSeconds.observe((performance.now() - began) / 1000);
  }

  #tell({ changed, revision, compileMs }: Applied, tookMs: number): void {
    const { metrics } = this.#parts;
    const [routes, upstreams] = [this.model.routes.size, this.model.upstreams.size];
    metrics.revision.set(revision);
    metrics.routes.set(routes);
    metrics.upstreams.set(upstreams);
    if (!changed) return;
    metrics.applySeconds.observe(tookMs / 1000);
    metrics.compileSeconds.observe(compileMs / 1000);
    this.#applied.applied({ revision, routes, upstreams, tookMs });
  }

  #takeVerdicts(): void {
    const { verdicts } = this.#parts.translator;
    for (const key of this.#pending.verdicts) {
      const verdict = verdicts.get(key);
      if (verdict) this.#verdicts.set(key, verdict);
      else this.#verdicts.delete(key);
      this.#unreported.add(key);
    }
  }

  #report(): void {
    const { source, workers } = this.#parts;
    if (this.#revision === 0 || this.#isSending || !this.#isSettled) return;
    const parts = {
      verdicts: this.#verdicts,
      plugins: this.#plugins,
      diagnostics: workers.diagnostics,
      routes: this.#live.model.routes,
    };
    const changed = this.#board.update(parts, this.#unreported);
    this.#unreported.clear();
    source.report(this.#board.statuses, changed);
  }

  /** Past translate and compile: those of upstreams that the workers have. The others go with their upstream. */
  #applyEndpoints(): void {
    this.#endpointsDirty = false;
    const { translator, workers, health, shared } = this.#parts;
    if (!this.#isTranslated) return;
    this.#translate('EndpointSlice');
    const { model, placed } = this.#live;
    const ids = [...this.#pending.endpoints].filter((id) => model.upstreams.has(id));
    for (const id of ids) this.#pending.endpoints.delete(id);
    const changes = this.#live.takeEndpoints(translator.model.endpoints, ids);
    if (changes.length === 0) return;
    workers.setEndpoints(changes, placed.endpoints);
    // Behind it: who is told to look finds it there.
    for (const { upstream } of changes) {
      const slot = placed.upstreams.get(upstream)?.slot;
      if (slot !== undefined) shared.touch(slot);
    }
    health.sync(
      placed.upstreams,
      placed.endpoints,
      changes.map(({ upstream }) => upstream),
    );
  }
}

const isFetching = ({ module, problemReason }: LoadedPlugin): boolean =>
  !module && (problemReason === 'Fetching' || problemReason === 'SecretNotFound');
