import { run } from '../support/cluster-command.ts';
import { assets } from '../../hack/cluster/build.ts';

/** Kinds of others that the chart makes objects of where a cluster knows them. */
const foreign = [
  'monitoring.coreos.com/v1/ServiceMonitor',
  'monitoring.coreos.com/v1/PrometheusRule',
  'gateway.networking.k8s.io/v1/GatewayClass',
];

/** What `helm template` makes of the chart with a file of values, for a cluster that knows everything. */
export async function render(values: string, ...more: readonly string[]): Promise<string> {
  const { helm } = await assets();
  const known = foreign.flatMap((kind) => ['--api-versions', kind]);
  const release = [
    'template',
    'loom',
    'charts/loom',
    '--namespace',
    'loom-system',
    '--kube-version',
    '1.34.0',
  ];
  return run(helm, [...release, ...known, '--values', values, ...more]);
}
