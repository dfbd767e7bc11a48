import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface Load {
  /** Of h2load: protocol, connections, streams, fields, body. */
  readonly options: readonly string[];
  readonly requests: number;
  /** Requests a second of each connection; as fast as they are answered when it is left out. */
  readonly pace?: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** h2load, pinned to a core; fails when any answer is not a 200. */
export function runLoad(
  core: number,
  folder: string,
  url: string,
  { options, requests, pace }: Load,
): LoadResult {
  const log = join(folder, 'h2load.log');
  rmSync(log, { force: true });
  const paced = pace ? [`--rps=${pace}`] : [];
  const args = [
    '-c',
    String(core),
    'h2load',
    ...options,
    `-n${requests}`,
    ...paced,
    `--log-file=${log}`,
    url,
  ];
  const began = performance.now();
  execFileSync('taskset', args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 120_000 });
  const seconds = (performance.now() - began) / 1000;
  const times: number[] = [];
  for (const line of readFileSync(log, 'utf8').trimEnd().split('\n')) {
    const [, status, micros] = line.split('\t');
    if (status !== '200') throw new Error(`${url} answered ${status}`);
    times.push(Number(micros));
  }
  if (times.length !== requests) throw new Error(`${url}: ${times.length} answers to ${requests} requests`);
  times.sort((a, b) => a - b);
  const at = (share: number): number => (times[Math.floor(share * (times.length - 1))] ?? 0) / 1000;
  return { seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}
