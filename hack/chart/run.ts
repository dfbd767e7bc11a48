import { spawnSync } from 'node:child_process';
import { assets, controllers, NoAssets } from '../cluster/build.ts';
import { image, NoBuilder } from '../image/build.ts';
import { quicGoBinaries } from '../quic-go/build.ts';
import { namespace, runMocha, unable } from '../namespace.ts';
import { graders } from './graders.ts';

/** The API server and Services are on `lo`; packets of pods pass through, to where kube-proxy says. */
const network = [
  'ip link set lo up',
  'ip addr add 10.77.0.1/24 dev lo',
  'ip route add 10.96.0.0/16 dev lo src 10.77.0.1',
  'sysctl -qw net.ipv4.ip_forward=1',
  'mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns',
].join(' && ');

/**
 * Runs the lane of the chart: `helm install` on a real control plane, whose pods run as processes of the image that the Dockerfile
 * makes. Arguments go to mocha. Exits 0 also when the lane cannot run here, unless CI is set.
 */
async function main(args: readonly string[]): Promise<number> {
  try {
    await assets();
    await controllers();
    await graders();
    await quicGoBinaries();
    image();
  } catch (error) {
    if (!(error instanceof NoAssets) && !(error instanceof NoBuilder)) throw error;
    return unable(`THE LANE OF THE CHART DID NOT RUN: ${error.message}.`);
  }
  const inside = process.getuid?.() === 0 ? namespace(network) : undefined;
  if (!inside) return unable('THE LANE OF THE CHART DID NOT RUN: pods need root and network namespaces.');
  if (spawnSync('nft', ['--version']).status !== 0)
    return unable('THE LANE OF THE CHART DID NOT RUN: nft is not installed.');
  const files = args.some((word) => word.endsWith('.ts')) ? args : [...args, 'test/chart/**/*.test.ts'];
  return runMocha(inside, 'hack/chart/mocharc.json', files, { LOOM_LANE_NETWORK: '10.77.0' });
}

process.exitCode = await main(process.argv.slice(2));
