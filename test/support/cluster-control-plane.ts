import { join } from 'node:path';
import type { Assets } from '../../hack/cluster/build.ts';
import { type Running, start } from './cluster-process.ts';

/** Starts etcd with its data in `dir`. */
export function startEtcd({ etcd }: Assets, dir: string, url: string, peer: string): Running {
  const listen = ['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peer];
  const member = ['--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`];
  const data = ['--data-dir', join(dir, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'];
  return start(etcd, [...data, ...listen, ...member], { log: join(dir, 'logs/etcd') });
}

/** Starts kube-apiserver, for this machine or for its network namespace, with the keys in `dir`; its log and its audit log are in `dir`/logs. */
export function startApiserver({ apiserver }: Assets, dir: string, etcdUrl: string, port: number): Running {
  const file = (name: string): string => join(dir, name);
  const options = {
    'secure-port': String(port),
    'bind-address': process.env['LOOM_LANE_NETWORK'] ? '0.0.0.0' : '127.0.0.1', // pods come from outside
    'advertise-address': '10.77.0.1', // never used, but without a default route kube-apiserver finds none itself
    'endpoint-reconciler-type': 'none',
    'etcd-servers': etcdUrl,
    'service-cluster-ip-range': '10.96.0.0/16',
    'tls-cert-file': file('apiserver.crt'),
    'tls-private-key-file': file('apiserver.key'),
    'client-ca-file': file('ca.crt'),
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': file('sa.pub'),
    'service-account-signing-key-file': file('sa.key'),
    'audit-policy-file': file('audit-policy'),
    'audit-log-path': file('logs/audit'),
    'audit-log-maxsize': '1000',
    'shutdown-send-retry-after': 'false',
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return start(apiserver, args, { log: file('logs/apiserver') });
}

/** audit.k8s.io/v1: everything but what the test itself and the API server ask. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'None', users: ['admin', 'system:apiserver'] }, { level: 'Metadata' }],
};

/** A kubeconfig for a user whose key pair is in `dir`. */
export function configOf(dir: string, port: number, user: string): unknown {
  const file = (name: string): string => join(dir, name);
  const server = { server: `https://127.0.0.1:${port}`, 'certificate-authority': file('ca.crt') };
  const keys = { 'client-certificate': file(`${user}.crt`), 'client-key': file(`${user}.key`) };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lane',
    clusters: [{ name: 'lane', cluster: server }],
    users: [{ name: user, user: keys }],
    contexts: [{ name: 'lane', context: { cluster: 'lane', user } }],
  };
}

/** Compacts etcd at its present revision, through its JSON gateway. */
export async function compact(etcdUrl: string): Promise<void> {
  const call = async (path: string, body: unknown): Promise<{ header?: { revision?: string } }> => {
    const answer = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd ${path} answers ${answer.status}`);
    return JSON.parse(await answer.text());
  };
  const { header } = await call('range', { key: Buffer.from('/').toString('base64'), limit: 1 });
  await call('compaction', { revision: header?.revision, physical: true });
}
