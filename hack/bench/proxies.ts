import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The same plugin so many times on the way of each request. */
export interface Plugins {
  readonly path: string;
  readonly count: number;
  /** JSON. */
  readonly config: string;
}

/** One gateway under test: writes its configuration for `routes` prefixes /svc0 … to one upstream, and says how to start it. */
export interface Proxy {
  readonly name: string;
  available(): boolean;
  command(
    folder: string,
    port: number,
    upstream: number,
    routes: number,
    plugins?: Plugins,
  ): readonly [string, readonly string[]];
}

const python = join(homedir(), '.cache/loom/bench');
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const write = (folder: string, name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

const loom: Proxy = {
  name: 'loom',
  available: () => true,
  command: (folder, port, upstream, routes, plugins) => {
    const names = range(plugins?.count ?? 0).map((i) => `p${i}`);
    const file = write(
      folder,
      'loom.yaml',
      [
        `listeners: [{ name: http, address: "127.0.0.1:${port}", protocol: http }]`,
        'workers: 1',
        'access_log: false',
        'admin: { enabled: false }',
        'plugins:',
        ...names.map((name) => `  - { name: ${name}, path: ${plugins?.path}, config: ${plugins?.config} }`),
        'routes:',
        ...range(routes).map(
          (i) => `  - { id: r${i}, path: "/svc${i}/*", upstream: backend, plugins: [${names.join(', ')}] }`,
        ),
        `upstreams: [{ name: backend, endpoints: ["127.0.0.1:${upstream}"] }]`,
      ].join('\n'),
    );
    return [process.execPath, [join(import.meta.dirname, '../../src/main.ts'), 'serve', file]];
  },
};

const nginx: Proxy = {
  name: 'nginx',
  available: () => existsSync('/usr/sbin/nginx'),
  command: (folder, port, upstream, routes) => {
    const locations = range(routes).map((i) => `location /svc${i}/ { proxy_pass http://backend; }`);
    const file = write(
      folder,
      'nginx.conf',
      `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.err;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; upstream backend { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 1000000000; }
proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Id $request_id;
server { listen 127.0.0.1:${port}; ${locations.join('\n')} } }`,
    );
    return ['/usr/sbin/nginx', ['-c', file, '-p', folder]];
  },
};

const haproxy: Proxy = {
  name: 'haproxy',
  available: () => existsSync('/usr/sbin/haproxy'),
  command: (folder, port, upstream, routes) => {
    const map = write(
      folder,
      'routes.map',
      range(routes)
        .map((i) => `/svc${i}/ backend\n`)
        .join(''),
    );
    const file = write(
      folder,
      'haproxy.cfg',
      `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
frontend f
  bind 127.0.0.1:${port}
  unique-id-format %[uuid()]
  unique-id-header x-request-id
  use_backend %[path,map_beg(${map})]
backend backend
  http-reuse always
  server s 127.0.0.1:${upstream}
`,
    );
    return ['/usr/sbin/haproxy', ['-db', '-f', file]];
  },
};

/** One VM for all of them, as in Loom. */
const wasmFilter = (i: number, { path, config }: Plugins): object => ({
  name: `p${i}`,
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm',
    config: {
      name: `p${i}`,
      configuration: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: config },
      vm_config: { vm_id: 'bench', runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: path } } },
    },
  },
});

const envoy: Proxy = {
  name: 'envoy',
  available: () => existsSync(join(python, 'bin/envoy')),
  command: (folder, port, upstream, routes, plugins) => {
    const file = write(
      folder,
      'envoy.json',
      JSON.stringify({
        static_resources: {
          listeners: [
            {
              address: { socket_address: { address: '127.0.0.1', port_value: port } },
              filter_chains: [
                {
                  filters: [
                    {
                      name: 'envoy.filters.network.http_connection_manager',
                      typed_config: {
                        '@type':
                          'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
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
                          {
                            name: 'envoy.filters.http.router',
                            typed_config: {
                              '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
                            },
                          },
                        ],
                      },
                    },
                  ],
                },
              ],
            },
          ],
          clusters: [
            {
              name: 'backend',
              connect_timeout: '5s',
              load_assignment: {
                cluster_name: 'backend',
                endpoints: [
                  {
                    lb_endpoints: [
                      {
                        endpoint: {
                          address: { socket_address: { address: '127.0.0.1', port_value: upstream } },
                        },
                      },
                    ],
                  },
                ],
              },
            },
          ],
        },
      }),
    );
    return [
      join(python, 'bin/envoy'),
      ['-c', file, '--concurrency', '1', '--disable-hot-restart', '-l', 'error'],
    ];
  },
};

const caddy: Proxy = {
  name: 'caddy',
  available: () => existsSync(join(python, 'bin/caddy')),
  command: (folder, port, upstream, routes) => {
    const handles = range(routes).map((i) => `handle /svc${i}/* {\n reverse_proxy 127.0.0.1:${upstream}\n}`);
    const file = write(
      folder,
      'Caddyfile',
      `{\n admin off\n auto_https off\n}\nhttp://127.0.0.1:${port} {\n${handles.join('\n')}\n}\n`,
    );
    return [
      'env',
      ['GOMAXPROCS=1', join(python, 'bin/caddy'), 'run', '--config', file, '--adapter', 'caddyfile'],
    ];
  },
};

export const proxies: readonly Proxy[] = [loom, nginx, haproxy, envoy, caddy];
