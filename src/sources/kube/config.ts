import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
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
  const home = join(homedir(), '.kube', 'config');
  if (existsSync(home)) return readKubeconfig(home);
  throw new Error(
    'found no Kubernetes API server: pass --kubeconfig FILE, set KUBECONFIG, or run in a pod with a service account',
  );
}
