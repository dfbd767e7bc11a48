import { existsSync } from 'node:fs';
import { range, write, type Proxy, type Wire } from './proxy.ts';

const program = '/usr/sbin/nginx';
/** nginx 1.22 has no HTTP/1.1 on a clear port with `http2`. */
const listenWith: Record<Wire, string> = { http: '', h2c: ' http2', https: ' ssl http2' };

export const nginx: Proxy = {
  name: 'nginx',
  available: () => existsSync(program),
  command: ({ folder, port, upstream, routes, wire, certificate, workers = 1 }) => {
    const locations = range(routes).map((i) => `location /svc${i}/ { proxy_pass http://backend; }`);
    const file = write(
      folder,
      'nginx.conf',
      `daemon off; worker_processes ${workers}; pid ${folder}/nginx.pid; error_log ${folder}/nginx.err;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; upstream backend { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 1000000000; }
ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key}; ssl_protocols TLSv1.2 TLSv1.3;
client_body_buffer_size 64k; proxy_request_buffering off; http2_max_requests 1000000000;
proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Id $request_id;
server { listen 127.0.0.1:${port}${listenWith[wire]} backlog=4096; ${locations.join('\n')} } }`,
    );
    return [program, ['-c', file, '-p', folder]];
  },
};
