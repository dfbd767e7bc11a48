import { installed, isInstalled, range, write, type Proxy } from './proxy.ts';

export const caddy: Proxy = {
  name: 'caddy',
  available: () => isInstalled('caddy'),
  command: ({ folder, port, upstream, routes, wire, certificate, workers = 1, http3 }) => {
    const handles = range(routes).map((i) => `handle /svc${i}/* {\n reverse_proxy 127.0.0.1:${upstream}\n}`);
    const scheme = wire === 'https' ? 'https' : 'http';
    const tls = wire === 'https' ? `tls ${certificate.cert} ${certificate.key}\n` : '';
    const file = write(
      folder,
      'Caddyfile',
      `{
 admin off
 auto_https off
 default_sni localhost
 servers {
  protocols h1 h2 ${http3 ? 'h3' : 'h2c'}
 }
}
${scheme}://127.0.0.1:${port}, ${scheme}://localhost:${port} {
${tls}${handles.join('\n')}
}
`,
    );
    const command = [installed('caddy'), 'run', '--config', file, '--adapter', 'caddyfile'];
    return ['env', [`GOMAXPROCS=${workers}`, ...command]];
  },
};
