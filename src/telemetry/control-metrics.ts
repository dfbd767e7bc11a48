import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricJson } from './series.ts';

/** What the control thread counts itself. Not on the request path, so prom-client as it is. */
export class ControlMetrics {
  readonly registry = new Registry();
  readonly revision = this.#gauge('loom_snapshot_revision', 'Revision that every worker serves.');
  readonly routes = this.#gauge('loom_routes', 'Routes in the model.');
  readonly upstreams = this.#gauge('loom_upstreams', 'Upstreams in the model.');
  readonly workers = this.#gauge('loom_workers', 'Data workers that are running.');
  readonly workerRestarts = new Counter({
    name: 'loom_worker_restarts_total',
    help: 'Data workers that ended unexpectedly and were replaced.',
    registers: [this.registry],
  });
  readonly translateSeconds = this.#histogram(
    'loom_translate_seconds',
    'Time to turn all objects into a model.',
  );
  readonly compileSeconds = this.#histogram(
    'loom_compile_seconds',
    'Time of the slowest worker to compile a revision.',
  );
  readonly applySeconds = this.#histogram(
    'loom_apply_seconds',
    'Time from a change to every worker serving it.',
  );
  readonly breakerState = this.#gauge(
    'loom_circuit_breaker_state',
    'State of the circuit breaker: 0 closed, 1 open, 2 half-open.',
    ['upstream'],
  );
  readonly endpointHealthy = this.#gauge(
    'loom_endpoint_healthy',
    'Result of the active and passive health checks: 1 healthy, 0 not.',
    ['upstream', 'endpoint'],
  );
  readonly endpointEjections = this.#counter(
    'loom_endpoint_ejections_total',
    'Ejections of endpoints by the passive health checks.',
    ['upstream', 'endpoint', 'reason'],
  );
  readonly upstreamPanic = this.#gauge(
    'loom_upstream_panic',
    'Whether requests go to unhealthy endpoints, because too few are healthy: 1 they do, 0 they do not.',
    ['upstream'],
  );
  readonly failingNames = this.#gauge(
    'loom_upstream_names_failing',
    'Host names of upstreams with dns that could not be resolved the last time.',
  );
  readonly pluginFetches = this.#counter(
    'loom_plugin_fetches_total',
    'Tries to fetch a plugin over the network, by type of source.',
    ['source'],
  );
  readonly pluginFetchFailures = this.#counter(
    'loom_plugin_fetch_failures_total',
    'Tries that failed, by type of source and reason.',
    ['source', 'reason'],
  );
  readonly pluginFetchBytes = this.#counter(
    'loom_plugin_fetch_bytes_total',
    'Bytes of manifests, layers and files that were fetched.',
    ['source'],
  );
  readonly pluginCacheHits = this.#counter(
    'loom_plugin_cache_hits_total',
    'Plugins that came from the cache on the disk.',
    ['source'],
  );
  readonly watchUp = this.#gauge('loom_kube_watch_up', 'Whether the watch of a kind is open.', ['kind']);
  readonly watchLastEvent = this.#gauge(
    'loom_kube_watch_last_event_timestamp_seconds',
    'Unix time of the last event of a kind.',
    ['kind'],
  );
  readonly lastGoodAge = this.#gauge(
    'loom_last_good_age_seconds',
    'Age of what is served from the cache because the API server is away; 0 while it is not.',
  );
  readonly relists = this.#counter('loom_kube_relists_total', 'Complete lists of a kind.', ['kind']);
  readonly watchErrors = this.#counter(
    'loom_kube_watch_errors_total',
    'Failed lists and watches of a kind.',
    ['kind'],
  );
  readonly leader = this.#gauge('loom_leader', 'Whether this process writes the status of objects.');
  readonly publishedAddresses = this.#gauge(
    'loom_published_addresses',
    'Addresses that the status of routes should show.',
  );

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string): Histogram {
    const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }

  /** Everything in the Prometheus text format: own metrics and the sums over the workers. */
  async text(workers: readonly (readonly MetricJson[])[]): Promise<string> {
    const own = await this.registry.getMetricsAsJSON();
    return AggregatorRegistry.aggregate([own, ...workers]).metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }
}
