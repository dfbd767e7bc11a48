import { Cluster } from '../../../src/balance/cluster.ts';
import { EndpointSet } from '../../../src/balance/endpoints.ts';
import { SharedState } from '../../../src/balance/shared.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import type { Stage } from '../../../src/middleware/middleware.ts';
import type { Upstream } from '../../../src/model/upstream.ts';
import type { LoadedPlugin } from '../../../src/runtime/messages.ts';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../../src/wasm/plugin-vm.ts';
import { eventually } from '../../support/wait.ts';
import { anExchange, loadedPlugin, plugin, world, type World } from '../world.ts';

export interface CallWorld extends World {
  readonly vm: PluginVm;
  /** Everything that the plugin has said. */
  readonly heard: string[];
  stage(...script: string[]): Stage;
  /** Waits until the plugin has said that; gives all that it has said. */
  hears(text: string | RegExp): Promise<readonly string[]>;
  upstream(id: string, ports: readonly number[], more?: Partial<Upstream>): Cluster;
  close(): void;
}

/** The guest `calls.ts` in a worker's surroundings, with upstreams on loopback ports. */
export async function callWorld(
  grants: readonly string[],
  guest = 'calls',
  part: Partial<LoadedPlugin> = {},
  remembered = world(),
): Promise<CallWorld> {
  const capabilities = { ...plugin.capabilities, upstreams: grants };
  const vm = PluginVm.create(await loadedPlugin(guest, { capabilities, ...part }), remembered);
  const heard: string[] = [];
  const listen = (): string[] => {
    heard.push(...remembered.said());
    return heard;
  };
  let slot = 0;
  return {
    ...remembered,
    vm,
    heard,
    stage: (...script) => pluginStage(vm.root(script.join('\n'))),
    hears: (text) =>
      eventually(
        `the plugin says ${text}`,
        () =>
          listen().some((line) => (typeof text === 'string' ? line.startsWith(text) : text.test(line))) &&
          heard,
      ),
    upstream(id, ports, more) {
      const shared = new SharedState();
      const set = new EndpointSet(shared);
      set.replace(ports.map((port) => ({ address: '127.0.0.1', port, weight: 1, slot: slot++ })));
      const settings = {
        id,
        slot: slot++,
        loadBalancer: 'RoundRobin' as const,
        connectTimeoutMs: 30_000,
        ...more,
      };
      const cluster = new Cluster(settings, set, shared);
      remembered.clusters.set(id, cluster);
      return cluster;
    },
    close: () => {
      vm.close();
      remembered.callouts.close();
    },
  };
}

/** One request through a stage, to what the plugin made of it. */
export const through = async (stage: Stage, exchange: Exchange = anExchange()): Promise<unknown> =>
  stage.request?.(exchange);
