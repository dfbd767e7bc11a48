import { installed, isInstalled, range, write, type Plugins, type Proxy, type Setup } from './proxy.ts';

const type = (name: string): object => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` });

/** One VM for all of them, as in Loom. */
const wasmFilter = (i: number, { path, config }: Plugins): object => ({
  name: `p${i}`,
  typed_config: {
    ...type('filters.http.wasm.v3.Wasm'),
    config: {
      name: `p${i}`,
      configuration: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: config },
      vm_config: { vm_id: 'bench', runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: path } } },
    },
  },
});

const connectionManager = ({ routes, plugins }: Setup): object => ({
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: {
    ...type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'bench',
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: range(routes).map((i) => ({
            match: { path_separated_prefix: `/svc${i}` },
            route: { cluster: 'backend' },
          })),
        },
      ],
    },
    http_filters: [
      ...range(plugins?.count ?? 0).map((i) => wasmFilter(i, plugins as Plugins)),
      { name: 'envoy.filters.http.router', typed_config: type('filters.http.router.v3.Router') },
    ],
  },
});

const tls = ({ certificate }: Setup): object => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    ...type('transport_sockets.tls.v3.DownstreamTlsContext'),
    common_tls_context: {
      alpn_protocols: ['h2', 'http/1.1'],
      tls_certificates: [
        {
          certificate_chain: { filename: certificate.cert },
          private_key: { filename: certificate.key },
        },
      ],
    },
  },
});

const at = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } });

export const envoy: Proxy = {
  name: 'envoy',
  available: () => isInstalled('envoy'),
  command: (setup) => {
    const { folder, port, upstream, wire, workers = 1 } = setup;
    const chain = {
      filters: [connectionManager(setup)],
      ...(wire === 'https' ? { transport_socket: tls(setup) } : {}),
    };
    const cluster = {
      name: 'backend',
      connect_timeout: '5s',
      load_assignment: {
        cluster_name: 'backend',
        endpoints: [{ lb_endpoints: [{ endpoint: { address: at(upstream) } }] }],
      },
    };
    const listeners = [{ address: at(port), tcp_backlog_size: 4096, filter_chains: [chain] }];
    const file = write(
      folder,
      'envoy.json',
      JSON.stringify({ static_resources: { listeners, clusters: [cluster] } }),
    );
    const options = ['--concurrency', String(workers), '--disable-hot-restart', '-l', 'error'];
    return [installed('envoy'), ['-c', file, ...options]];
  },
};
