import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { controllers } from '../../../hack/cluster/build.ts';
import { image } from '../../../hack/image/build.ts';
import type { Cluster } from '../cluster.ts';
import { type Running, start } from '../cluster-process.ts';
import { until } from '../cluster-wait.ts';
import { Api, type ApiObject } from './api.ts';
import { type Node, PodProcess } from './pod-process.ts';

/** Deployments get pods, pods run, and Services answer, for as long as this does. */
export interface Pods {
  /** What the containers of living pods have printed, by the names of the pods. */
  logs(): Readonly<Record<string, string>>;
  /** New pods get no node from now on. @returns what ends that */
  holdNew(): () => void;
  stop(): Promise<void>;
}

interface Service extends ApiObject {
  readonly spec: { readonly clusterIP?: string };
}

const host = '10.77.0.1';
const nodes = ['node-1', 'node-2'];
const wanted = [
  'deployment',
  'replicaset',
  'endpointslice',
  'serviceaccount',
  'serviceaccount-token',
  'namespace',
  'disruption',
];
const more = ['garbage-collector', 'root-ca-certificate-publisher'];

/** Of all runs: the network of a pod that has ended is there for a while still. */
let made = 0;

/**
 * Starts kube-controller-manager, kube-proxy, and what takes the places of scheduler and kubelet: each pod becomes a process with the
 * root, the network and the user of a container. All containers are of Loom's own image. Needs root, in the network of the lane.
 */
export async function startPods(kube: Cluster): Promise<Pods> {
  const programs = await controllers();
  const folder = join(kube.dir, 'pods');
  await mkdir(folder, { recursive: true });
  const kubeconfig = await kube.login('kubelet');
  const file = (name: string): string => join(kube.dir, name);
  const api = new Api(kube.port, { ca: kube.ca, cert: file('kubelet.crt'), key: file('kubelet.key') });
  const daemons: Running[] = [
    start(
      programs.manager,
      [
        `--kubeconfig=${kubeconfig}`,
        '--leader-elect=false',
        '--bind-address=127.0.0.1',
        `--service-account-private-key-file=${file('sa.key')}`,
        `--root-ca-file=${kube.ca}`,
        `--controllers=${[...wanted, ...more].map((name) => `${name}-controller`).join()}`,
      ],
      { log: file('logs/controllers') },
    ),
    start(
      programs.proxy,
      [
        `--kubeconfig=${kubeconfig}`,
        '--proxy-mode=nftables',
        '--cluster-cidr=10.78.0.0/16',
        '--hostname-override=node-1',
        '--bind-address=0.0.0.0',
        '--conntrack-max-per-core=0',
        '--healthz-bind-address=127.0.0.1:10256',
      ],
      { log: file('logs/proxy') },
    ),
  ];
  for (const name of nodes) await makeNode(api, name);
  const node: Node = {
    api,
    image: image(),
    folder,
    apiserver: { host, port: kube.port },
    hosts: async () => {
      const services = await api.call<{ items: Service[] }>('GET', '/api/v1/services');
      const lines = (services?.items ?? []).map(({ metadata: { name, namespace }, spec }) =>
        spec.clusterIP && spec.clusterIP !== 'None'
          ? `${spec.clusterIP} ${name}.${namespace} ${name}.${namespace}.svc\n`
          : '',
      );
      return lines.join('');
    },
  };
  const pods = new Map<string, { name: string; process: PodProcess }>();
  const stopping = new AbortController();
  /** No pod begins any more: the controllers make others in the places of those that end, and nobody would stop them. */
  let isEnding = false;
  let mayBind: Promise<void> = Promise.resolve();
  let failure: unknown;
  const follow = api.followPods((pod, gone) => {
    const { uid, name, namespace, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
    const known = pods.get(uid);
    if (gone || deletionTimestamp) {
      const grace = gone ? 0 : (deletionGracePeriodSeconds ?? 30);
      void known?.process.stop(grace).then(() => pods.delete(uid));
      if (!known && !gone)
        void api.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, { gracePeriodSeconds: 0 });
    } else if (!pod.spec.nodeName) {
      const target = { apiVersion: 'v1', kind: 'Node', name: nodes[made % nodes.length] };
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, uid }, target };
      void mayBind.then(() =>
        api.call('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, binding),
      );
    } else if (!known && !isEnding) {
      pods.set(uid, { name, process: new PodProcess(node, pod, made++) });
    }
  }, stopping.signal);
  follow.catch((error: unknown) => {
    if (!stopping.signal.aborted) console.error((failure = error));
  });
  await until(
    'a service account',
    () => kube.kubectl(['get', 'serviceaccount/default', '-n', 'default']),
    120,
  );
  return {
    logs: () => Object.fromEntries([...pods.values()].map(({ name, process }) => [name, process.log])),
    holdNew() {
      const { promise, resolve } = Promise.withResolvers<void>();
      mayBind = promise;
      return () => {
        mayBind = Promise.resolve();
        resolve();
      };
    },
    async stop() {
      isEnding = true;
      await Promise.all([...pods.values()].map(({ process }) => process.stop(0)));
      stopping.abort();
      await follow.catch(() => undefined);
      await api.close();
      await Promise.all(daemons.map((daemon) => daemon.stop('SIGKILL')));
      if (failure) throw failure;
    },
  };
}

async function makeNode(api: Api, name: string): Promise<void> {
  const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-of-${name}` };
  await api.call('POST', '/api/v1/nodes', { metadata: { name, labels } });
  const capacity = { cpu: '64', memory: '64Gi', pods: '100' };
  const time = new Date().toISOString().replace(/\.\d+/, '');
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Started',
    message: '',
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  };
  const status = {
    capacity,
    allocatable: capacity,
    addresses: [{ type: 'InternalIP', address: host }],
    conditions: [ready],
  };
  await api.call('PATCH', `/api/v1/nodes/${name}/status`, { status });
}
