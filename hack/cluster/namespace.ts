import { spawnSync } from 'node:child_process';

/** How to run a command in a network and process namespace of its own. */
export interface Namespace {
  /** Goes before the command. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A network where all of 10.77.0.0/24 is on `lo` (the API server refuses loopback addresses in EndpointSlices), and a
 * process namespace with which the kernel ends whatever a crash leaves behind. Undefined where the machine does not let us.
 */
export function namespace(): Namespace | undefined {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const unshare = ['unshare', ...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const network = 'ip link set lo up && ip addr add 10.77.0.1/24 dev lo && exec "$@"';
  const command = [...unshare, 'sh', '-c', network, 'sh'];
  if (spawnSync('unshare', [...command.slice(1), 'true'], { stdio: 'ignore' }).status !== 0) return undefined;
  return { command, env: { LOOM_LANE_NETWORK: '10.77.0' } };
}
