import { existsSync, readFileSync } from 'node:fs';
import { range, write, type Proxy, type Wire } from './proxy.ts';

const program = '/usr/sbin/haproxy';

export const haproxy: Proxy = {
  name: 'haproxy',
  available: () => existsSync(program),
  command: ({ folder, port, upstream, routes, wire, certificate, workers = 1 }) => {
    const map = write(
      folder,
      'routes.map',
      range(routes)
        .map((i) => `/svc${i}/ backend\n`)
        .join(''),
    );
    const pem = write(
      folder,
      'haproxy.pem',
      readFileSync(certificate.cert, 'utf8') + readFileSync(certificate.key, 'utf8'),
    );
    const bindWith: Record<Wire, string> = {
      http: '',
      h2c: ' proto h2',
      https: ` ssl crt ${pem} alpn h2,http/1.1`,
    };
    const file = write(
      folder,
      'haproxy.cfg',
      `global
  nbthread ${workers}
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
frontend f
  bind 127.0.0.1:${port}${bindWith[wire]}
  unique-id-format %[uuid()]
  unique-id-header x-request-id
  use_backend %[path,map_beg(${map})]
backend backend
  http-reuse always
  server s 127.0.0.1:${upstream}
`,
    );
    return [program, ['-db', '-f', file]];
  },
};
