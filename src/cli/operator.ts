import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { run } from '../app/run.ts';
import { fileSource } from '../sources/file/source.ts';
import { defaultSettings } from '../sources/file/settings.ts';
import { ControlMetrics } from '../telemetry/control-metrics.ts';
import { makeLogger } from '../telemetry/log.ts';
import type { Command } from './command.ts';

const options = {
  config: { type: 'string' },
  kubeconfig: { type: 'string' },
  namespaces: { type: 'string' },
  class: { type: 'string' },
  'lease-namespace': { type: 'string' },
} as const;

export const operator: Command = {
  usage: '[--config FILE] [--kubeconfig FILE] [--namespaces A,B] [--class NAME] [--lease-namespace NS]',
  summary: 'Serves what a Kubernetes cluster says: ingress controller and gateway.',
  run: async (args) => {
    const { values } = parseArgs({ args: [...args], options });
    const log = makeLogger('info', { component: 'control' });
    const settings = values.config ? fileSource(values.config, log).settings : defaultSettings();
    log.level = settings.logLevel;
    const metrics = new ControlMetrics();
    // Only here: the Kubernetes client costs memory and time that a standalone Loom need not pay.
    const { kubeSource } = await import('../sources/kube/source.ts');
    const source = await kubeSource({
      log,
      ...(values.kubeconfig ? { kubeconfig: values.kubeconfig } : {}),
      ...(values.class ? { className: values.class } : {}),
      namespaces: values.namespaces?.split(',') ?? [],
      leaseNamespace: values['lease-namespace'] ?? podNamespace() ?? 'default',
      observe: {
        watchUp: (kind, up) => metrics.watchUp.set({ kind }, up ? 1 : 0),
        relist: (kind) => metrics.relists.inc({ kind }),
        error: (kind) => metrics.watchErrors.inc({ kind }),
        event: (kind) => metrics.watchLastEvent.set({ kind }, Date.now() / 1000),
        leader: (leads) => metrics.leader.set(leads ? 1 : 0),
      },
    });
    return run({
      mode: 'operator',
      settings,
      ...(values.class ? { className: values.class } : {}),
      source,
      log,
      metrics,
    });
  },
};

/** The namespace of the pod's service account; undefined outside a cluster. */
function podNamespace(): string | undefined {
  try {
    return readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim();
  } catch {
    return undefined;
  }
}
