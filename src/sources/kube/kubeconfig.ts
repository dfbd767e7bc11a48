import type { RequestOptions } from 'node:https';
import type { Connection, TlsMaterial } from './connection.ts';

/**
 * The current context of a kubeconfig: certificates, tokens, token files, exec and OIDC plugins. `path` undefined: the files
 * that $KUBECONFIG lists, or ~/.kube/config. Throws a message for people when there is none.
 */
export async function readKubeconfig(path: string | undefined): Promise<Connection> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (path === undefined) config.loadFromDefault();
  else config.loadFromFile(path);
  const cluster = config.getCurrentCluster();
  const origin = path ?? process.env['KUBECONFIG'] ?? '~/.kube/config';
  if (!cluster) throw new Error(`the kubeconfig ${origin} has no cluster for its current context`);
  if (cluster.proxyUrl) throw new Error(`the kubeconfig ${origin} has a proxy-url, which Loom cannot use`);
  if (!/^https?:$/.test(URL.parse(cluster.server)?.protocol ?? ''))
    throw new Error(
      `the kubeconfig ${origin} has a server that is no URL with http or https: ${cluster.server}`,
    );
  return {
    server: cluster.server.replace(/\/+$/, ''),
    origin,
    read: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return { headers: headersOf(options), tls: tlsOf(options) };
    },
  };
}

function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) found[name.toLowerCase()] = String(value);
  }
  if (auth) found['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  return found;
}

function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsMaterial {
  return {
    ...(isText(ca) && { ca }),
    ...(isText(cert) && { cert }),
    ...(isText(key) && { key }),
    ...(servername && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

function isText(value: unknown): value is string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value);
}
