import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderOf } from '../../hack/plugins/cache.ts';
import { envoy } from '../../hack/plugins/wheel.ts';
import { eventually } from '../support/wait.ts';
import { vmOf, type Backends, type Chain, type Proxy, type Said } from './proxy.ts';
import { withMarker } from './marker.ts';

const http = 'type.googleapis.com/envoy.extensions.filters.http';
const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } });

/** Envoy with a listener for each chain, every plugin in a VM of its own. */
export async function startEnvoy(chains: readonly Chain[], backends: Backends): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'loom-envoy-'));
  const config = join(folder, 'envoy.json');
  writeFileSync(
    config,
    JSON.stringify({
      admin: { address: address(0) },
      static_resources: {
        listeners: chains.map((chain) => listener(chain, folder)),
        clusters: [
          cluster('backend', backends.backend.port),
          cluster('other', backends.other.port),
          cluster('httpbin', backends.other.port),
          cluster('outbound|80||other.static', backends.other.port),
          cluster('nobody', backends.nobody),
        ],
      },
    }),
  );
  const told = join(folder, 'admin');
  const flags = ['--concurrency', '1', '--disable-hot-restart', '-l', 'error', '--admin-address-path', told];
  const child = spawn(
    join(await folderOf(envoy), 'envoy'),
    ['-c', config, ...flags, '--component-log-level', 'wasm:info'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said: Said[] = [];
  let last = '';
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, plugin, words] = / wasm log (\S+)[^:]*: (.*)$/.exec(line) ?? [];
      if (plugin !== undefined && words !== undefined) said.push({ plugin, text: words });
      else last = `${last.slice(-2000)}\n${line}`;
    }
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const admin = (): string => `http://${readFileSync(told, 'utf8').trim()}`;
  await eventually('Envoy is ready', async () => ended() || (await fetch(`${admin()}/ready`)).ok, 300);
  if (ended()) throw new Error(`Envoy ended: ${last}`);
  const ports = await portsOf(admin());
  return {
    name: 'Envoy',
    port: (chain) => ports.get(chain.name) as number,
    said,
    metrics: async () => (await fetch(`${admin()}/stats/prometheus`)).text(),
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listener(chain: Chain, folder: string): object {
  const plugins = chain.plugins.map((use, i) => {
    const module = readFileSync(use.path);
    const file = join(folder, `${use.module}.wasm`);
    // Envoy does not know Higress' version of the ABI, which for these plugins is 0.2.1 with StopIteration as it was.
    const higress = module.includes('proxy_abi_version_0_2_100');
    writeFileSync(file, higress ? withMarker(module, '0_2_1') : module);
    return {
      name: `envoy.filters.http.wasm.${i}`,
      typed_config: {
        '@type': `${http}.wasm.v3.Wasm`,
        config: {
          name: `${chain.name}-${i}`,
          root_id: use.rootId ?? '',
          allow_on_headers_stop_iteration: higress || use.headersStopIteration === true,
          configuration: {
            '@type': 'type.googleapis.com/google.protobuf.StringValue',
            value: use.config ?? '',
          },
          vm_config: {
            vm_id: vmOf(chain, use),
            runtime: 'envoy.wasm.runtime.v8',
            code: { local: { filename: file } },
          },
        },
      },
    };
  });
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: chain.name,
    use_remote_address: true,
    // Loom passes trailers on; Envoy only when it is told to.
    http_protocol_options: { enable_trailers: true },
    route_config: {
      name: chain.name,
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [{ name: chain.name, match: { prefix: '/' }, route: { cluster: 'backend' } }],
        },
      ],
    },
    http_filters: [
      ...plugins,
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${http}.router.v3.Router` } },
    ],
  };
  return {
    name: chain.name,
    address: address(0),
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
    ],
  };
}

/** The ports that the system chose, by chain. */
async function portsOf(admin: string): Promise<ReadonlyMap<string, number>> {
  const { listener_statuses: list } = (await (await fetch(`${admin}/listeners?format=json`)).json()) as {
    listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[];
  };
  return new Map(list.map((one) => [one.name, one.local_address.socket_address.port_value]));
}

function cluster(name: string, port: number): object {
  return {
    name,
    connect_timeout: '5s',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http_protocol_options: { enable_trailers: true } },
      },
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
    },
  };
}
