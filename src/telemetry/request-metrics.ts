import type { Exchange } from '../http/exchange.ts';
import {
  briefBounds,
  CounterFamily,
  HistogramFamily,
  type CounterCell,
  type HistogramCell,
  type MetricJson,
} from './series.ts';

interface RouteCells {
  /** By method and status. */
  readonly counts: Map<string, Map<number, CounterCell>>;
  readonly duration: HistogramCell;
}

interface UpstreamCells {
  /** By status, or the name of the failure. */
  readonly counts: Map<number | string, CounterCell>;
  readonly duration: HistogramCell;
}

/** Other methods count as OTHER: a client must not be able to make series. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What one worker counts about the exchanges it served. Labels come from configuration and short fixed lists only. */
export class RequestMetrics {
  readonly #requests = new CounterFamily('loom_requests_total', 'Requests answered, by route.', [
    'route',
    'method',
    'code',
  ]);
  readonly #durations = new HistogramFamily(
    'loom_request_duration_seconds',
    'Time from the first byte of a request to the last of its response.',
    ['route'],
  );
  readonly #upstreamRequests = new CounterFamily(
    'loom_upstream_requests_total',
    'Requests sent to upstreams.',
    ['upstream', 'code'],
  );
  readonly #upstreamDurations = new HistogramFamily(
    'loom_upstream_duration_seconds',
    'Time from the choice of an endpoint to the head of its response.',
    ['upstream'],
  );
  readonly #pluginDurations = new HistogramFamily(
    'loom_plugin_duration_seconds',
    'Time spent inside a plugin, by callback.',
    ['plugin', 'callback'],
    briefBounds,
  );
  readonly #pluginCalls = new CounterFamily(
    'loom_plugin_upstream_calls_total',
    'Calls that plugins made, by upstream and outcome.',
    ['plugin', 'upstream', 'outcome'],
  );
  readonly #pluginCallDurations = new HistogramFamily(
    'loom_plugin_upstream_call_duration_seconds',
    'Time from a call of a plugin to its answer.',
    ['plugin', 'upstream'],
  );
  readonly #refusedConnections = new CounterFamily(
    'loom_connections_refused_total',
    'Connections closed before they could bring a request.',
    ['listener', 'reason'],
  );
  readonly #abusedConnections = new CounterFamily(
    'loom_http2_connections_ended_total',
    'Connections of HTTP/2 ended for what their clients did with them.',
    ['listener', 'reason'],
  );
  readonly #retries = new CounterFamily(
    'loom_upstream_retries_total',
    'Tries of requests behind the first, by why and what became of them.',
    ['upstream', 'reason', 'outcome'],
  );
  readonly #middleware = new CounterFamily(
    'loom_middleware_requests_total',
    'What became of requests in a middleware.',
    ['route', 'rule', 'middleware', 'outcome'],
  );
  readonly #routes = new Map<string, RouteCells>();
  readonly #upstreams = new Map<string, UpstreamCells>();
  /** By plugin and callback. */
  readonly #plugins = new Map<string, Map<string, HistogramCell>>();

  /** At the end of an exchange. `status` 0: no response was sent. */
  exchangeEnded(exchange: Exchange, status: number): void {
    const { route, upstream } = exchange;
    let cells = this.#routes.get(route);
    if (!cells)
      this.#routes.set(route, (cells = { counts: new Map(), duration: this.#durations.cell(route) }));
    const method = knownMethods.has(exchange.request.method) ? exchange.request.method : 'OTHER';
    let byStatus = cells.counts.get(method);
    if (!byStatus) cells.counts.set(method, (byStatus = new Map()));
    let count = byStatus.get(status);
    if (!count) byStatus.set(status, (count = this.#requests.cell(route, method, String(status))));
    count.value++;
    cells.duration.observe((performance.now() - exchange.startedAt) / 1000);
    if (upstream !== '' && exchange.attempts > 0) this.#upstreamEnded(exchange, upstream);
  }

  #upstreamEnded(exchange: Exchange, upstream: string): void {
    let cells = this.#upstreams.get(upstream);
    if (!cells) {
      cells = { counts: new Map(), duration: this.#upstreamDurations.cell(upstream) };
      this.#upstreams.set(upstream, cells);
    }
    const { upstreamStatus, errorCode = 'none' } = exchange;
    // Without a head from the upstream there is no status, only the name of the failure.
    const code = upstreamStatus > 0 ? upstreamStatus : errorCode;
    let count = cells.counts.get(code);
    if (!count) cells.counts.set(code, (count = this.#upstreamRequests.cell(upstream, String(code))));
    count.value++;
    if (exchange.upstreamMs >= 0) cells.duration.observe(exchange.upstreamMs / 1000);
  }

  /** For a stage to hold on to. */
  pluginDuration(plugin: string, callback: string): HistogramCell {
    let cells = this.#plugins.get(plugin);
    if (!cells) this.#plugins.set(plugin, (cells = new Map()));
    let cell = cells.get(callback);
    if (!cell) cells.set(callback, (cell = this.#pluginDurations.cell(plugin, callback)));
    return cell;
  }

  callEnded(plugin: string, upstream: string, outcome: string, seconds: number): void {
    this.#pluginCalls.cell(plugin, upstream, outcome).value++;
    this.#pluginCallDurations.cell(plugin, upstream).observe(seconds);
  }

  /** For a stage to hold on to. */
  middlewareCounter(route: string, rule: string, middleware: string, outcome: string): CounterCell {
    return this.#middleware.cell(route, rule, middleware, outcome);
  }

  retried(upstream: string, reason: string, outcome: string): void {
    this.#retries.cell(upstream, reason, outcome).value++;
  }

  connectionRefused(listener: string, reason: string): void {
    this.#refusedConnections.cell(listener, reason).value++;
  }

  connectionAbused(listener: string, reason: string): void {
    this.#abusedConnections.cell(listener, reason).value++;
  }

  /** Drops the series of things that no longer exist. */
  forget(gone: { routes: Iterable<string>; upstreams: Iterable<string>; plugins: Iterable<string> }): void {
    for (const route of gone.routes) {
      this.#routes.delete(route);
      this.#requests.drop(route);
      this.#durations.drop(route);
      this.#middleware.drop(route);
    }
    for (const upstream of gone.upstreams) {
      this.#upstreams.delete(upstream);
      this.#upstreamRequests.drop(upstream);
      this.#upstreamDurations.drop(upstream);
      this.#retries.drop(upstream);
    }
    for (const plugin of gone.plugins) {
      this.#plugins.delete(plugin);
      this.#pluginDurations.drop(plugin);
      this.#pluginCalls.drop(plugin);
      this.#pluginCallDurations.drop(plugin);
    }
  }

  toJson(): MetricJson[] {
    const families = [
      this.#requests,
      this.#durations,
      this.#upstreamRequests,
      this.#upstreamDurations,
      this.#retries,
      this.#pluginDurations,
      this.#pluginCalls,
      this.#pluginCallDurations,
      this.#refusedConnections,
      this.#abusedConnections,
      this.#middleware,
    ];
    return families.map((family) => family.toJson());
  }
}
