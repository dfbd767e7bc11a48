import { Client } from './client.ts';
import { readConnection } from './config.ts';

/** A pod, asked through the API server: who may not reach it otherwise needs no port-forward. */
export interface Pod {
  /** The body of an answer of one of its ports (pods/proxy). */
  proxy(port: string, path: string): Promise<string>;
  /** The last lines of its log (pods/log). */
  log(): Promise<string>;
  close(): Promise<void>;
}

const logLines = '5000';

export async function openPod(namespace: string, name: string, kubeconfig?: string): Promise<Pod> {
  const client = new Client(await readConnection(kubeconfig));
  const { signal } = new AbortController();
  const base = `/api/v1/namespaces/${namespace}/pods/${name}`;
  return {
    proxy: (port, path) => client.text(`${base}:${port}/proxy${path}`, {}, signal),
    log: () => client.text(`${base}/log`, { tailLines: logLines }, signal),
    close: () => client.close(),
  };
}
