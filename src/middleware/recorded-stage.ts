import type { Exchange } from '../http/exchange.ts';
import type { Reply, Stage } from './middleware.ts';

/** A plugin whose phases are noted for the exchanges that are traced. Made only where there is tracing. */
export class RecordedStage implements Stage {
  readonly name: string;
  readonly #stage: Stage;
  readonly #plugin: string;

  constructor(stage: Stage, plugin: string) {
    this.name = stage.name;
    this.#stage = stage;
    this.#plugin = plugin;
  }

  request(exchange: Exchange): Reply | undefined | Promise<Reply | undefined> {
    const { recording } = exchange;
    if (!recording) return this.#stage.request?.(exchange);
    return recording.plugin(this.#plugin, 'request', () => this.#stage.request?.(exchange));
  }

  response(exchange: Exchange): Reply | undefined | Promise<Reply | undefined> {
    const { recording } = exchange;
    if (!recording) return this.#stage.response?.(exchange);
    return recording.plugin(this.#plugin, 'response', () => this.#stage.response?.(exchange));
  }

  log(exchange: Exchange): void {
    this.#stage.log?.(exchange);
  }

  missed(exchange: Exchange): void {
    this.#stage.missed?.(exchange);
  }

  finish(exchange: Exchange): void {
    this.#stage.finish?.(exchange);
  }

  close(): void {
    this.#stage.close?.();
  }
}
