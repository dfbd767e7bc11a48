import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from './connection.ts';

const mount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The service account of the pod; undefined outside of one. Read here and not by `@kubernetes/client-node`, because two
 * files and two variables need no library of 60 MB of memory.
 */
export function inCluster(env: NodeJS.ProcessEnv, folder: string = mount): Connection | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (!host) return undefined;
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    origin: 'service account',
    read: async () => {
      const [token, ca] = await Promise.all([
        readFile(join(folder, 'token'), 'utf8'),
        readFile(join(folder, 'ca.crt'), 'utf8'),
      ]);
      return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
    },
  };
}
