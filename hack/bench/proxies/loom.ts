import { join } from 'node:path';
import { range, write, type Proxy } from './proxy.ts';

export const loom: Proxy = {
  name: 'loom',
  available: () => true,
  command: ({ folder, port, upstream, routes, wire, certificate, workers = 1, plugins, http3 }) => {
    const names = range(plugins?.count ?? 0).map((i) => `p${i}`);
    const tls = wire === 'https';
    const file = write(
      folder,
      'loom.yaml',
      [
        `listeners: [{ name: http, address: "127.0.0.1:${port}", protocol: ${tls ? 'https' : 'http'}${http3 ? ', http3: { enabled: true }' : ''} }]`,
        `workers: ${workers}`,
        'access_log: false',
        // A gateway that gives way to others on its core looks overloaded, and none of the others would shed anything.
        'overload: { loop_delay: 0s }',
        'admin: { enabled: false }',
        ...(tls
          ? [`certificates: [{ name: bench, cert: ${certificate.cert}, key: ${certificate.key} }]`]
          : []),
        'plugins:',
        ...names.map((name) => `  - { name: ${name}, path: ${plugins?.path}, config: ${plugins?.config} }`),
        'routes:',
        ...range(routes).map(
          (i) =>
            `  - { id: r${i}, path: "/svc${i}/*", upstream: backend, plugins: [${names.join(', ')}]${tls ? ', tls: bench' : ''} }`,
        ),
        `upstreams: [{ name: backend, endpoints: ["127.0.0.1:${upstream}"] }]`,
      ].join('\n'),
    );
    return [process.execPath, [join(import.meta.dirname, '../../../src/main.ts'), 'serve', file]];
  },
};
