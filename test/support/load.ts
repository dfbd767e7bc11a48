import { Agent, get } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/**
 * Clients that send one request after another over kept connections. A connection that is refused is not counted, and no other is
 * tried there: as behind a load balancer that tries again. kube-proxy would send some there until the EndpointSlice changes.
 */
export class Load {
  /** Requests at once. */
  readonly width = 8;
  done = 0;
  /** Requests without an answer. */
  readonly lost: string[] = [];
  /** Statuses other than 200. */
  readonly wrong: number[] = [];
  readonly #host: string;
  #ports: readonly number[];
  readonly #agents = new Map<number, Agent>();
  readonly #clients: Promise<void>[];
  #stopped = false;

  constructor(host: string, ports: readonly number[]) {
    this.#host = host;
    this.#ports = ports;
    this.#clients = Array.from({ length: this.width }, (_, i) => this.#client(i));
  }

  /** No new connection goes there; those that are open stay until the server ends them. */
  leave(port: number): void {
    this.#ports = this.#ports.filter((other) => other !== port);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    for (const agent of this.#agents.values()) agent.destroy();
  }

  async #client(i: number): Promise<void> {
    for (let n = i; !this.#stopped; n++) {
      const ports = this.#ports;
      const port = ports[n % ports.length] as number;
      try {
        const status = await this.#ask(port);
        if (status !== 200) this.wrong.push(status);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === 'ECONNREFUSED') this.leave(port);
        else this.lost.push(`${port}: ${code ?? message}`);
      }
      this.done++;
      await setTimeout(5);
    }
  }

  #ask(port: number): Promise<number> {
    let agent = this.#agents.get(port);
    if (!agent) this.#agents.set(port, (agent = new Agent({ keepAlive: true })));
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent, headers: { host: this.#host } }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0)).on('error', reject);
      }).on('error', reject);
    });
  }
}
