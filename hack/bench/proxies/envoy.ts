import { installed, isInstalled, range, write, type Plugins, type Proxy, type Setup } from './proxy.ts';

const type = (name: string): object => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` });

/** Filters of one `vm_id` and module share a VM. */
const wasmFilter = (i: number, { path, config, apart }: Plugins): object => ({
  name: `p${i}`,
  typed_config: {
    ...type('filters.http.wasm.v3.Wasm'),
    config: {
      name: `p${i}`,
      configuration: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: config },
      vm_config: {
        vm_id: apart ? `p${i}` : 'bench',
        runtime: 'envoy.wasm.runtime.v8',
        code: { local: { filename: path } },
      },
    },
  },
});

const connectionManager = ({ routes, plugins }: Setup, codec: 'AUTO' | 'HTTP3'): object => ({
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: {
    ...type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'bench',
    codec_type: codec,
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

const tlsContext = ({ certificate }: Setup, protocols: readonly string[]): object => ({
  common_tls_context: {
    alpn_protocols: protocols,
    tls_certificates: [
      {
        certificate_chain: { filename: certificate.cert },
        private_key: { filename: certificate.key },
      },
    ],
  },
});

const tls = (setup: Setup): object => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    ...type('transport_sockets.tls.v3.DownstreamTlsContext'),
    ...tlsContext(setup, ['h2', 'http/1.1']),
  },
});

const quic = (setup: Setup): object => ({
  name: 'envoy.transport_sockets.quic',
  typed_config: {
    ...type('transport_sockets.quic.v3.QuicDownstreamTransport'),
    downstream_tls_context: tlsContext(setup, ['h3']),
  },
});

const at = (port: number, protocol: 'TCP' | 'UDP' = 'TCP'): object => ({
  socket_address: { protocol, address: '127.0.0.1', port_value: port },
});

export const envoy: Proxy = {
  name: 'envoy',
  available: () => isInstalled('envoy'),
  command: (setup) => {
    const { folder, port, upstream, wire, workers = 1 } = setup;
    const chain = {
      filters: [connectionManager(setup, 'AUTO')],
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
    const listeners: object[] = [{ address: at(port), tcp_backlog_size: 4096, filter_chains: [chain] }];
    if (setup.http3)
      listeners.push({
        address: at(port, 'UDP'),
        udp_listener_config: { quic_options: {}, downstream_socket_config: { prefer_gro: true } },
        filter_chains: [{ filters: [connectionManager(setup, 'HTTP3')], transport_socket: quic(setup) }],
      });
    const file = write(
      folder,
      'envoy.json',
      JSON.stringify({ static_resources: { listeners, clusters: [cluster] } }),
    );
    const options = ['--concurrency', String(workers), '--disable-hot-restart', '-l', 'error'];
    return [installed('envoy'), ['-c', file, ...options]];
  },
};
