import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import { eventually } from '../../test/support/wait.ts';
import { configOf } from './config.ts';
import type { Origins } from './origins.ts';
import { LogTally } from './log-tally.ts';
import { report } from './report.ts';
import { threadSeries, type ProcessPoint } from './samples.ts';
import type { Tally } from './traffic.ts';

const minutes = Number(process.env['LOOM_SOAK_MINUTES'] ?? 30);
const root = join(import.meta.dirname, '../..');
const here = (file: string): string => join(import.meta.dirname, file);

/** Loom with a gauge in each of its threads, and with the flags of the image. */
function startLoom(file: string, samples: string): ChildProcess {
  const args = [
    '--min-semi-space-size=4',
    '--max-semi-space-size=4',
    '--expose-gc',
    '--import',
    here('gauge.ts'),
    'src/main.ts',
    'serve',
    file,
  ];
  return spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, LOOM_SOAK_SAMPLES: samples },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function measure(pid: number, seconds: number): ProcessPoint {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const count = (folder: string): number => readdirSync(`/proc/${pid}/${folder}`).length;
  return { seconds, rssMiB: Number(kib) / 1024, files: count('fd'), threads: count('task') };
}

/** Mixed traffic through Loom while everything about it changes each second. @returns the exit code */
async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'loom-soak-'));
  const children: ChildProcess[] = [];
  process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
  const originsProcess = fork(here('origins.ts'));
  children.push(originsProcess);
  const [origins] = (await once(originsProcess, 'message')) as [Origins];
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(folder, 'loom.yaml');
  const write = (second: number): void => {
    writeFileSync(`${file}.tmp`, configOf(second, origins, port, adminPort));
    renameSync(`${file}.tmp`, file);
  };
  write(0);
  const samples = join(folder, 'samples');
  const loom = startLoom(file, samples);
  children.push(loom);
  const log = new LogTally();
  if (loom.stdout) createInterface(loom.stdout).on('line', (line) => log.take(line));
  await eventually('Loom is ready', async () => (await fetch(`http://127.0.0.1:${adminPort}/ready`)).ok, 60);
  const traffic = fork(here('traffic.ts'), [String(port)]);
  children.push(traffic);

  const began = performance.now();
  const points: ProcessPoint[] = [];
  let second = 0;
  while (performance.now() - began < minutes * 60_000) {
    write(++second);
    if (second % 5 === 0) points.push(measure(loom.pid ?? 0, (performance.now() - began) / 1000));
    if (loom.exitCode !== null) throw new Error(`Loom ended with ${loom.exitCode}`);
    await setTimeout(Math.max(0, began + second * 1000 - performance.now()));
  }
  const done = once(traffic, 'message') as Promise<[Tally[]]>;
  traffic.send('stop');
  const [tallies] = await done;
  const info = (await (await fetch(`http://127.0.0.1:${adminPort}/info`)).json()) as { revision: number };
  loom.kill('SIGTERM');
  const [code] = (await once(loom, 'exit')) as [number | null];
  const isGood = report({
    minutes,
    tallies,
    log,
    revisions: info.revision,
    points,
    threads: threadSeries(readFileSync(samples, 'utf8')),
    exitCode: code,
  });
  rmSync(folder, { recursive: true, force: true });
  return isGood ? 0 : 1;
}

process.exit(await main());
