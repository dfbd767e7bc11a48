import type { Wire } from './proxies/proxy.ts';
import { paths, type Row } from './measure.ts';

/** What Loom's median must not exceed, as a multiple of another one of the same run. */
export interface Bar {
  readonly figure: 'cpuMicros' | 'p99Ms';
  readonly most: number;
  /** A gateway in the same scenario, or Loom itself in another. */
  readonly of: { readonly proxy: string } | { readonly scenario: string };
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly wire: Wire;
  readonly path: string;
  readonly routes: number;
  readonly connections: number;
  /** Of h2load, beside the number of connections. */
  readonly options: readonly string[];
  /** Bytes that each request sends as its body. */
  readonly body?: number;
  /** Of the rate that each gateway can reach; 1 by default. */
  readonly share?: number;
  readonly bars: readonly Bar[];
}

const cpu = (proxy: string, most: number): Bar => ({ figure: 'cpuMicros', most, of: { proxy } });

const h1 = {
  wire: 'http',
  path: paths['1 KB'],
  routes: 1000,
  connections: 64,
  options: ['--h1'],
  bars: [],
} as const;
/** As many requests in flight as with HTTP/1.1. */
const h2 = { ...h1, connections: 8, options: ['-m8'] } as const;

export const scenarios: readonly Scenario[] = [
  {
    ...h1,
    name: 'h1',
    title: '1 KB GET, HTTP/1.1, 1,000 routes',
    bars: [cpu('nginx', 1.8), cpu('envoy', 0.5)],
  },
  { ...h1, name: 'h1-64k', title: '64 KB GET, HTTP/1.1', path: paths['64 KB'] },
  { ...h1, name: 'h1-post', title: 'POST of 10 KB, HTTP/1.1', body: 10_240 },
  {
    ...h1,
    name: 'tls',
    title: '1 KB GET, HTTP/1.1 over TLS',
    wire: 'https',
    bars: [cpu('envoy', 0.7)],
  },
  { ...h2, name: 'h2', title: '1 KB GET, HTTP/2 over TLS', wire: 'https', bars: [cpu('envoy', 1)] },
  { ...h2, name: 'h2c', title: '1 KB GET, HTTP/2 in clear', wire: 'h2c', bars: [cpu('envoy', 1)] },
  {
    ...h1,
    name: 'connections',
    title: '1 KB GET, a new connection for each request',
    options: ['--h1', '-Hconnection: close'],
  },
  { ...h1, name: 'routes-1', title: '1 KB GET, HTTP/1.1, 1 route', routes: 1 },
  {
    ...h1,
    name: 'routes-5000',
    title: '1 KB GET, HTTP/1.1, 5,000 routes',
    routes: 5000,
    bars: [{ figure: 'cpuMicros', most: 1.1, of: { scenario: 'routes-1' } }],
  },
  {
    ...h1,
    name: 'half-load',
    title: '1 KB GET, HTTP/1.1, each at half of the rate that it can reach',
    share: 0.5,
    bars: [{ figure: 'p99Ms', most: 1, of: { proxy: 'envoy' } }],
  },
];

/** Scenario and gateway → what its rounds gave. */
export type Results = Map<string, Map<string, Row[]>>;
