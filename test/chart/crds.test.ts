import { expect } from 'chai';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';

describe('the chart of the CRDs', () => {
  const crds = ['loomroutes', 'loomupstreams', 'wasmplugins'].map((plural) => `crd/${plural}.loom.dev`);
  let kube: Cluster;
  before(async () => {
    kube = await cluster();
    await installCrds(kube);
  });

  it('takes over CRDs that are there, lets Helm upgrade them, and leaves them when it goes', async () => {
    const [first = ''] = crds;
    const uid = ['get', first, '-o', 'jsonpath={.metadata.uid}'];
    const before = await kube.kubectl(uid);
    await kube.helm(['install', 'loom-crds', 'charts/loom-crds', '-n', 'default', '--take-ownership']);
    await kube.helm(['upgrade', 'loom-crds', 'charts/loom-crds', '-n', 'default']);
    await kube.helm(['uninstall', 'loom-crds', '-n', 'default']);
    expect(await kube.kubectl(uid)).to.equal(before);
    await kube.kubectl(['wait', '--for=condition=Established', '--timeout=90s', ...crds]);
  });
});
