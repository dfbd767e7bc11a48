import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { assets, NoAssets } from './build.ts';

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
  const root = join(import.meta.dirname, '../..');
  const mocha = [
    process.execPath,
    'node_modules/mocha/bin/mocha.js',
    '--config',
    'hack/cluster/mocharc.json',
  ];
  const inside = namespace();
  if (!inside) {
    const code = unable('NO NETWORK NAMESPACE HERE: what needs a Service with EndpointSlices is not tested.');
    if (code !== 0) return code;
  }
  const [command = '', ...rest] = [...(inside?.command ?? []), ...mocha, ...args];
  const env = { ...process.env, ...inside?.env };
  const child = spawn(command, rest, { cwd: root, env, stdio: 'inherit' });
  // The terminal signals the whole group; a supervisor signals only this process, and then all must end too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });
}

/** Says loudly what is missing. @returns the exit code for it */
function unable(why: string): number {
  const line = '!'.repeat(Math.min(110, why.length));
  console.error(`${line}\n${why}\n${line}`);
  return process.env['CI'] ? 1 : 0;
}

/**
 * A network where all of 10.77.0.0/24 is on `lo` (the API server refuses loopback addresses in EndpointSlices), and a
 * process namespace with which the kernel ends whatever a crashed test leaves behind.
 */
function namespace(): { command: string[]; env: NodeJS.ProcessEnv } | undefined {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const unshare = ['unshare', ...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const network = 'ip link set lo up && ip addr add 10.77.0.1/24 dev lo && exec "$@"';
  const command = [...unshare, 'sh', '-c', network, 'sh'];
  if (spawnSync('unshare', [...command.slice(1), 'true'], { stdio: 'ignore' }).status !== 0) return undefined;
  return { command, env: { LOOM_LANE_NETWORK: '10.77.0' } };
}

process.exitCode = await main(process.argv.slice(2));
