import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from '../../home.ts';
import type { Connection } from './connection.ts';
import { inCluster } from './in-cluster.ts';
import { readKubeconfig } from './kubeconfig.ts';

/**
 * Finds the API server: the given kubeconfig, $KUBECONFIG, the service account of the pod, ~/.kube/config, in this order.
 * Throws a message for people when there is nothing of it, or when a kubeconfig cannot be read.
 */
export async function readConnection(kubeconfig?: string): Promise<Connection> {
  if (kubeconfig !== undefined) return readKubeconfig(kubeconfig);
  if (process.env['KUBECONFIG']) return readKubeconfig(undefined);
  const pod = inCluster(process.env);
  if (pod) return pod;
  const home = homeFolder();
  const own = home === undefined ? undefined : join(home, '.kube', 'config');
  if (own !== undefined && existsSync(own)) return readKubeconfig(own);
  throw new Error(
    'found no Kubernetes API server: pass --kubeconfig FILE, set KUBECONFIG, or run in a pod with a service account',
  );
}
