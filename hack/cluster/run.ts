import { externalDnsBinary } from '../external-dns/build.ts';
import { namespace, runMocha, unable } from '../namespace.ts';
import { assets, NoAssets } from './build.ts';

/** All of 10.77.0.0/24 is on `lo`: the API server refuses loopback addresses in EndpointSlices. */
const network = 'ip link set lo up && ip addr add 10.77.0.1/24 dev lo';

/**
 * Runs the cluster lane: test/cluster on a real etcd and kube-apiserver, in a network and process namespace of its own.
 * Arguments go to mocha. Exits 0 also when the lane cannot run here, unless CI is set.
 */
async function main(args: readonly string[]): Promise<number> {
  try {
    await assets();
  } catch (error) {
    if (!(error instanceof NoAssets)) throw error;
    return unable(`THE CLUSTER LANE DID NOT RUN: ${error.message}.`);
  }
  try {
    await externalDnsBinary();
  } catch (error) {
    const code = unable(`EXTERNAL-DNS IS NOT TESTED: ${(error as Error).message}.`);
    if (code !== 0) return code;
  }
  const inside = namespace(network);
  if (!inside)
    return unable(
      'THE CLUSTER LANE DID NOT RUN: no network namespace here, and endpoints must not be on loopback.',
    );
  return runMocha(inside, 'hack/cluster/mocharc.json', args, { LOOM_LANE_NETWORK: '10.77.0' });
}

process.exitCode = await main(process.argv.slice(2));
