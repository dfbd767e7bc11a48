import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { run } from '../app/run.ts';
import { defaultCacheFolder } from '../artifacts/cache-folder.ts';
import { fileSource } from '../sources/file/source.ts';
import { defaultSettings } from '../sources/file/settings.ts';
import { ControlMetrics } from '../telemetry/control-metrics.ts';
import { makeControlLogger } from '../telemetry/log.ts';
import { UsageError, type Command } from './command.ts';
import {
  externalNamesOf,
  namespaceOptions,
  namespacesOf,
  scopeOf,
  scopeOptions,
  translateOptionsOf,
} from './scope.ts';
import { dryRun } from './operator/dry-run.ts';
import { publicationOf, publicationOptions } from './operator/publication.ts';

const options = {
  config: { type: 'string' },
  kubeconfig: { type: 'string' },
  ...namespaceOptions,
  ...scopeOptions,
  'lease-namespace': { type: 'string' },
  'lease-name': { type: 'string' },
  ...publicationOptions,
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const operator: Command = {
  usage: '[OPTION…]',
  summary: 'Serves what a Kubernetes cluster says: ingress controller and gateway.',
  details: `  --config FILE           a loom.yaml with the settings of the process
  --kubeconfig FILE       how to reach the API server
  --namespaces A,B        only those namespaces
  --namespace-selector LABELS  only namespaces with such labels, which may come and go
  --class NAME            objects of that class instead of those without one
  --default-class         with --class: those without one as well
  --selector LABELS       only objects with such labels: shards side by side
  --lease-namespace NS, --lease-name NAME  where the leader is agreed on
  --compat-annotations    annotations of Traefik, Kong, Contour and nginx on Services count too
  --allow-external-names  Services of type ExternalName are upstreams
  --publish-service NS/NAME  writes the addresses of this Service, in front of Loom, into the status of routes
  --publish-addresses A,B  these addresses in place of a Service's
  --dry-run [--json]      prints what would be written, and writes nothing`,
  run: async (args) => {
    const { values } = parseArgs({ args: [...args], options });
    const log = makeControlLogger('info');
    const settings = values.config ? fileSource(values.config, log).settings : defaultSettings();
    log.level = settings.logLevel;
    const scope = scopeOf(values);
    const where = namespacesOf(values);
    const publication = publicationOf(values);
    if (values['dry-run']) return dryRun(values, settings, values.json);
    if (values.json) throw new UsageError('takes --json with --dry-run only');
    const metrics = new ControlMetrics();
    // Only here: the Kubernetes client costs memory and time that a standalone Loom need not pay.
    const { kubeSource } = await import('../sources/kube/source.ts');
    const source = await kubeSource({
      log,
      ...(values.kubeconfig ? { kubeconfig: values.kubeconfig } : {}),
      scope,
      ...(values['lease-name'] ? { leaseName: values['lease-name'] } : {}),
      externalNames: externalNamesOf(values),
      publication,
      ...where,
      leaseNamespace: values['lease-namespace'] ?? podNamespace() ?? 'default',
      ...(settings.lastGood.enabled && {
        lastGood: {
          folder: settings.pluginSources.cachePath || defaultCacheFolder(),
          waitMs: settings.lastGood.waitMs,
        },
      }),
      observe: {
        watchUp: (kind, up) => metrics.watchUp.set({ kind }, up ? 1 : 0),
        relist: (kind) => metrics.relists.inc({ kind }),
        error: (kind) => metrics.watchErrors.inc({ kind }),
        event: (kind) => metrics.watchLastEvent.set({ kind }, Date.now() / 1000),
        leader: (leads) => metrics.leader.set(leads ? 1 : 0),
        addresses: (count) => metrics.publishedAddresses.set(count),
      },
    });
    return run({
      mode: 'operator',
      settings,
      scope,
      translate: translateOptionsOf(values, true),
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
