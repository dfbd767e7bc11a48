import { stringify } from 'yaml';
import { startWorld } from '../support/world.ts';
import { vmOf, type Backends, type Chain, type Proxy } from './proxy.ts';

/** Loom as users start it, with a route, chosen by its host, for each chain. */
export async function startLoom(
  chains: readonly Chain[],
  { backend, other, nobody }: Backends,
): Promise<Proxy> {
  const name = (chain: Chain, i: number): string => `${chain.name}-${i}`;
  const plugins = chains.flatMap((chain) =>
    chain.plugins.map((use, i) => ({
      name: name(chain, i),
      path: use.path,
      ...(use.config === undefined ? {} : { config: use.config }),
      ...(use.rootId === undefined ? {} : { rootId: use.rootId }),
      ...(use.headersStopIteration ? { allowOnHeadersStopIteration: true } : {}),
      vmId: vmOf(chain, use),
      priority: -i,
      capabilities: { allow: ['All'], upstreams: ['other', 'httpbin', 'nobody'] },
      // The machine of a test may be busy, and what is compared here is not time.
      limits: { callbackCpu: '20s', requestCpu: '20s', startCpu: '60s', memoryMiB: 256 },
    })),
  );
  const at = (port: number): string[] => [`127.0.0.1:${port}`];
  const world = await startWorld(
    stringify({
      workers: 1,
      routes: [
        ...chains.map((chain) => ({
          id: chain.name,
          hosts: [`${chain.name}.test`],
          path: '/*',
          upstream: 'backend',
          plugins: chain.plugins.map((_, i) => name(chain, i)),
        })),
        // For plugins that change the host, which has Loom choose the route anew.
        { id: 'any', path: '/*', upstream: 'backend' },
      ],
      upstreams: [
        { name: 'backend', endpoints: at(backend.port) },
        { name: 'other', endpoints: at(other.port) },
        { name: 'httpbin', endpoints: at(other.port) },
        { name: 'nobody', endpoints: at(nobody) },
      ],
      plugins,
    }),
  );
  return {
    name: 'Loom',
    port: () => world.port,
    get said() {
      return world.log.flatMap(({ plugin, text }) =>
        typeof text === 'string' ? [{ plugin: String(plugin), text }] : [],
      );
    },
    metrics: async () => (await fetch(`${world.admin}/metrics`)).text(),
    stop: async () => void (await world.stop('SIGKILL')),
  };
}
