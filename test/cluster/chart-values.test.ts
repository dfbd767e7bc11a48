import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/api/core.ts';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { apply, read } from '../support/cluster-objects.ts';
import { until } from '../support/cluster-wait.ts';

/** That of the golden files, and those which values name. */
const ns = 'loom-system';
const others = ['shop', 'shop-staging'];
const foreign = 'test/cluster/fixtures/chart-kinds.yaml';

const nameOf = ({ kind, metadata }: KubeObject): string =>
  `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

describe('the chart, with all that values turn on', () => {
  let kube: Cluster;
  /** What there was before. */
  let old: string[];

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    for (const name of [ns, ...others]) {
      const labels = { 'pod-security.kubernetes.io/warn': 'restricted' };
      await apply(kube, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    }
    await kube.kubectl(['apply', '-f', foreign]);
    await kube.kubectl(['wait', '--for=condition=Established', '--timeout=90s', '-f', foreign]);
    await until('all kinds', () => kube.kubectl(['get', '-f', foreign]).then(() => true));
    old = await objects();
  });
  after(async () => {
    await kube?.helm(['uninstall', 'loom', '-n', ns, '--ignore-not-found']);
    await kube?.kubectl(['delete', '-f', foreign, '--ignore-not-found']);
  });

  /** Of all kinds but Events. */
  const objects = async (): Promise<string[]> => {
    const list = ['api-resources', '--verbs=list,delete', '--cached=false', '-o', 'name'];
    const kinds = (await kube.kubectl(list)).trim().split('\n');
    const every = kinds.filter((kind) => !kind.startsWith('events')).join();
    const { items }: { items: KubeObject[] } = JSON.parse(
      await kube.kubectl(['get', every, '-A', '-o', 'json']),
    );
    return items.map(nameOf);
  };
  /** Fails also when the API server only warns. */
  const helm = (command: string, ...more: readonly string[]): Promise<string> =>
    kube.helm([command, 'loom', ...more, '-n', ns]);
  const replicas = async (): Promise<unknown> =>
    ((await read(kube, ns, 'deployment/loom')) as KubeObject & { spec: { replicas: number } }).spec.replicas;

  for (const file of globSync('charts/loom/ci/*-values.yaml').toSorted()) {
    const name = basename(file, '-values.yaml');

    describe(`with the values "${name}"`, () => {
      it('is taken by the API server as the golden file has it', async () => {
        await helm('install', 'charts/loom', '--values', file);
        const golden = parseAllDocuments(readFileSync(`test/chart/golden/${name}.yaml`, 'utf8'));
        const wanted = golden
          .map((document): KubeObject => document.toJS())
          .filter(({ metadata }) => !metadata.annotations?.['helm.sh/hook']);
        const made = await objects();
        expect(wanted.map(nameOf).filter((object) => !made.includes(object))).to.deep.equal([]);
      });

      it('is upgraded to the defaults, and from them', async () => {
        // Kubernetes lets nobody change this of a Service.
        const { service } = parse(readFileSync(file, 'utf8')) ?? {};
        const kept = ['--set', `service.loadBalancerClass=${service?.loadBalancerClass ?? ''}`];
        await helm('upgrade', 'charts/loom', '--reset-values', ...kept);
        await helm('upgrade', 'charts/loom', '--values', file, ...kept);
      });

      it('leaves nothing', async () => {
        await helm('uninstall');
        expect((await objects()).filter((object) => !old.includes(object))).to.deep.equal([]);
      });
    });
  }

  it('keeps as many pods as somebody else has asked for, when an autoscaler takes over', async () => {
    await helm('install', 'charts/loom');
    await kube.kubectl(['scale', 'deployment/loom', '-n', ns, '--replicas=5']);
    await helm('upgrade', 'charts/loom', '--set', 'autoscaling.enabled=true');
    expect(await replicas()).to.equal(5);
    await helm('uninstall');
  });
});
