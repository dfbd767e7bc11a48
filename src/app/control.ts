import type { PluginLoader } from '../artifacts/loader.ts';
import { DnsEndpoints } from '../balance/dns-endpoints.ts';
import type { HealthChecker } from '../balance/health.ts';
import type { Model } from '../model/model.ts';
import { diffEndpoints, emptyModel, type PlacedModel } from '../runtime/delta.ts';
import { HoldOff } from '../runtime/holdoff.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import type { Workers } from '../runtime/workers.ts';
import type { Kind, ObjectStatus, Source } from '../sources/objects.ts';
import type { Translation, Translator } from '../sources/translate/translator.ts';
import type { ControlMetrics } from '../telemetry/control-metrics.ts';
import type { Logger } from '../telemetry/log.ts';
import type { PluginMemories } from '../wasm/shared/plugin-memories.ts';
import type { Placement } from './placement.ts';
import { toStatuses } from './statuses.ts';
import { Reloaded } from './reloaded.ts';
import { Unloaded } from './unloaded.ts';

export interface ControlParts {
  readonly source: Source;
  readonly translator: Translator;
  readonly loader: PluginLoader;
  readonly memories: PluginMemories;
  readonly placement: Placement;
  readonly workers: Workers;
  readonly health: HealthChecker;
  readonly metrics: ControlMetrics;
  readonly log: Logger;
}

const nothing: Model = {
  routes: new Map(),
  upstreams: new Map(),
  plugins: new Map(),
  certificates: new Map(),
  endpoints: new Map(),
};

/**
 * The life of a change, on the control thread: event → dirty → hold-off → translate → load modules → place → workers
 * compile and swap → acknowledged → status. Endpoint changes go straight to the workers.
 */
export class Control {
  readonly #parts: ControlParts;
  readonly #holdOff: HoldOff;
  readonly #dns: DnsEndpoints;
  #translation: Translation | undefined;
  #plugins: ReadonlyMap<string, LoadedPlugin> = new Map();
  #placed: PlacedModel = emptyModel;
  #statuses: ReadonlyMap<string, ObjectStatus> = new Map();
  readonly #unloaded = new Unloaded();
  readonly #reloaded = new Reloaded();
  #endpointsDirty = false;
  #dirtySince = 0;
  #revision = 0;
  #fetching: readonly string[] = [];
  #applying: Promise<void> = Promise.resolve();

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#holdOff = new HoldOff(() => this.#apply());
    this.#dns = new DnsEndpoints(
      () => this.#endpointsChanged(),
      (name, addresses, problem) => {
        if (problem === undefined) parts.log.info({ name, addresses }, 'host name resolved');
        else parts.log.warn({ name, addresses, problem }, 'host name cannot be resolved; its addresses stay');
      },
    );
    parts.workers.onDiagnosed = () => this.#report();
  }

  /** Follows the source until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#close(), { once: true });
    await this.#parts.source.run(signal, (kind) => this.changed(kind));
  }

  #close(): void {
    this.#holdOff.close();
    this.#dns.close();
  }

  changed(kind: Kind): void {
    if (kind === 'EndpointSlice' && this.#translation) return this.#endpointsChanged();
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
    return this.#translation?.model ?? nothing;
  }

  get plugins(): ReadonlyMap<string, LoadedPlugin> {
    return this.#plugins;
  }

  /** Plugins that the workers do not have, because the first fetch, or its Secret, is still to come. */
  get fetching(): readonly string[] {
    return this.#fetching;
  }

  get placed(): PlacedModel {
    return this.#placed;
  }

  status(key: string): ObjectStatus | undefined {
    return this.#statuses.get(key);
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
    const { source, translator, loader, memories, placement, workers, health, metrics, log } = this.#parts;
    if (!source.synced) return;
    const since = this.#dirtySince || performance.now();
    this.#dirtySince = 0;
    try {
      const began = performance.now();
      const translation = translator.translate(source.objects);
      metrics.translateSeconds.observe((performance.now() - began) / 1000);
      source.want(translation.secrets, translation.configMaps);
      const loaded = await loader.load(translation.model.plugins);
      this.#plugins = memories.attach(this.#reloaded.renew(this.#unloaded.cut(translation.model, loaded)));
      // While modules were loading endpoints may have changed: what goes out now must not be older than what went before.
      const model = { ...translation.model, endpoints: translator.endpoints(source.objects) };
      this.#translation = { ...translation, model };
      const endpoints = this.#dns.expand(model.upstreams, model.endpoints);
      this.#placed = placement.place({ ...model, endpoints }, this.#plugins);
      health.sync(this.#placed.upstreams, this.#placed.endpoints);
      const applied = await workers.apply(this.#placed);
      this.#revision = applied.revision;
      this.#fetching = [...this.#plugins.values()].filter(isFetching).map(({ id }) => id);
      if (applied.changed) {
        const tookMs = Math.round(performance.now() - since);
        metrics.applySeconds.observe((performance.now() - since) / 1000);
        metrics.compileSeconds.observe(applied.compileMs / 1000);
        log.info(
          { revision: applied.revision, routes: model.routes.size, upstreams: model.upstreams.size, tookMs },
          'configuration applied',
        );
      }
      this.#count(model, applied.revision);
      this.#report();
    } catch (error) {
      log.error({ err: error }, 'a change could not be applied; the last configuration goes on being served');
    }
  }

  #report(): void {
    const { source, workers } = this.#parts;
    if (!this.#translation || this.#revision === 0) return;
    const { verdicts, model } = this.#translation;
    this.#statuses = toStatuses(verdicts, this.#plugins, workers.diagnostics, model.routes);
    source.report(this.#statuses);
  }

  #applyEndpoints(): void {
    this.#endpointsDirty = false;
    const { source, translator, placement, workers, health } = this.#parts;
    if (!this.#translation) return;
    const endpoints = translator.endpoints(source.objects);
    const { upstreams } = this.#translation.model;
    const placed = placement.placeEndpoints(this.#dns.expand(upstreams, endpoints));
    const changes = diffEndpoints(this.#placed.endpoints, placed);
    this.#translation = { ...this.#translation, model: { ...this.#translation.model, endpoints } };
    this.#placed = { ...this.#placed, endpoints: placed };
    if (changes.length === 0) return;
    workers.setEndpoints(changes, placed);
    health.sync(this.#placed.upstreams, placed);
  }

  #count(model: Model, revision: number): void {
    const { metrics } = this.#parts;
    metrics.revision.set(revision);
    metrics.routes.set(model.routes.size);
    metrics.upstreams.set(model.upstreams.size);
  }
}

const isFetching = ({ module, problemReason }: LoadedPlugin): boolean =>
  !module && (problemReason === 'Fetching' || problemReason === 'SecretNotFound');
