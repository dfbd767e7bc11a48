import { namespace, runMocha, unable } from '../namespace.ts';

/**
 * All of 10.78.0.0/24 is on `lo`, so that each upstream has an address of its own. 10.79.0.9 is a machine that takes packets
 * and answers none.
 */
const network = [
  'ip link set lo up',
  'ip addr add 10.78.0.1/24 dev lo',
  'ip link add silent type veth peer name far',
  'ip addr add 10.79.0.1/24 dev silent',
  'ip link set silent up',
  'ip link set far up',
  'ip neigh add 10.79.0.9 lladdr 02:00:00:00:00:09 dev silent nud permanent',
].join(' && ');

/** Runs the lane of faults, in namespaces of its own. Arguments go to mocha. Exits 0 also where there can be none, unless CI is set. */
async function main(args: readonly string[]): Promise<number> {
  const inside = namespace(network);
  if (!inside) return unable('THE LANE OF FAULTS DID NOT RUN: no network namespace here.');
  return runMocha(inside, 'hack/faults/mocharc.json', args);
}

process.exitCode = await main(process.argv.slice(2));
