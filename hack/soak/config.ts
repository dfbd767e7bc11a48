import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Origins } from './origins.ts';

const examples = join(import.meta.dirname, '../../plugins/examples');
const plugin = (name: string): string => join(examples, name, 'build', `${name}.wasm`);

/** Which of the four endpoints are there, one second after the other. */
const presence = [[0, 1, 2, 3], [0, 1], [1, 2, 3], [2], [0, 2, 3], [3, 0]] as const;

/** The loom.yaml of that second: endpoints come and go, and so do routes, upstreams and configurations of plugins. */
export function configOf(second: number, origins: Origins, port: number, adminPort: number): string {
  const { http, grpc, websocket } = origins;
  const local = (number: number): string => `127.0.0.1:${number}`;
  const endpoints = (presence[second % presence.length] ?? []).map((i) => local(http[i] ?? 0));
  const version = `v${second}`;
  const mark = {
    name: 'header-rewrite',
    config: { request: { 'x-soak': version }, response: { 'x-soak': version } },
  };
  return stringify({
    listeners: [{ name: 'http', address: local(port), protocol: 'http' }],
    admin: { enabled: true, address: local(adminPort) },
    workers: 2,
    // A machine with other work to do would have it shed requests, and that is no failure.
    overload: { loop_delay: '0s' },
    routes: [
      {
        id: 'api',
        path: '/api/*',
        upstream: 'http',
        plugins: [mark],
        compression: {},
        rate_limits: { all: { requests: 1_000_000, per: '1s', key: ['client_ip'] } },
      },
      { id: 'transform', path: '/transform', upstream: 'http', plugins: ['body-transform'] },
      { id: 'large', path: '/large', upstream: 'http' },
      { id: 'events', path: '/events', upstream: 'http' },
      { id: 'grpc', path: '/test.Echo/*', upstream: 'grpc', plugins: [mark] },
      { id: 'chat', path: '/chat', upstream: 'websocket' },
      { id: `gone-${second}`, path: `/gone/${second}`, upstream: `gone-${second}` },
    ],
    upstreams: [
      {
        name: 'http',
        endpoints,
        load_balancer: 'least_conn',
        // A machine that stands still for seconds is no endpoint that is ill.
        health_check: { path: '/', interval: '1s', timeout: '30s' },
        outlier_detection: {},
        circuit_breaker: {},
      },
      { name: 'grpc', endpoints: [local(grpc)], protocol: 'grpc' },
      { name: 'websocket', endpoints: [local(websocket)] },
      { name: `gone-${second}`, endpoints: [local(9)] },
    ],
    plugins: [
      { name: 'header-rewrite', path: plugin('header-rewrite') },
      {
        name: 'body-transform',
        path: plugin('body-transform'),
        config: {
          request: { set: { '/source': version } },
          response: { set: { '/user/role': version }, remove: ['/user/password'] },
        },
        capabilities: { allow: ['RequestBody', 'ResponseBody'] },
      },
    ],
  });
}
