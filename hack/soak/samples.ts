import type { Series } from './flatness.ts';

/** Of the whole process, by the kernel. */
export interface ProcessPoint {
  readonly seconds: number;
  readonly rssMiB: number;
  readonly files: number;
  readonly threads: number;
}

interface Sample {
  readonly thread: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly resources: number;
}

const mib = (bytes: number): number => bytes / 2 ** 20;

/** What each thread has said of itself (`gauge.ts`), line by line. Those that lived for less than half of the time are left out. */
export function threadSeries(text: string): readonly Series[] {
  const samples = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Sample);
  const begin = samples[0]?.at ?? 0;
  const length = (samples.at(-1)?.at ?? 0) - begin;
  const byThread = Map.groupBy(samples, ({ thread }) => thread);
  return [...byThread].flatMap(([thread, own]) => {
    if ((own.at(-1)?.at ?? 0) - (own[0]?.at ?? 0) < length / 2) return [];
    const name = thread === 0 ? 'control thread' : `thread ${thread}`;
    const points = (value: (sample: Sample) => number): Series['points'] =>
      own.map((sample) => [(sample.at - begin) / 1000, value(sample)]);
    return [
      { name: `heap, ${name}`, unit: 'MiB', points: points(({ heapUsed }) => mib(heapUsed)) },
      { name: `external memory, ${name}`, unit: 'MiB', points: points(({ external }) => mib(external)) },
      { name: `handles and requests, ${name}`, unit: 'open', points: points(({ resources }) => resources) },
    ];
  });
}

/**
 * Resident memory finds its size more slowly than what it holds: young generations, machine code and the arenas of malloc grow for a
 * quarter of an hour, ever less, by up to so much in each of three threads. What a thread holds on to is seen in its heap and its external memory.
 */
const residentSlackMiB = 3 * 8;

export const processSeries = (points: readonly ProcessPoint[]): readonly Series[] => [
  {
    name: 'resident memory',
    unit: 'MiB',
    slack: residentSlackMiB,
    points: points.map(({ seconds, rssMiB }) => [seconds, rssMiB]),
  },
  { name: 'file descriptors', unit: 'open', points: points.map(({ seconds, files }) => [seconds, files]) },
  { name: 'threads', unit: 'running', points: points.map(({ seconds, threads }) => [seconds, threads]) },
];
