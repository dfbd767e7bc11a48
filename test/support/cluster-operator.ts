import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { stringify } from 'yaml';
import type { Cluster } from './cluster.ts';
import type { Echo } from './cluster-backend.ts';
import { type Running, start } from './cluster-process.ts';
import { until } from './cluster-wait.ts';
import { freePort } from './free-port.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** `loom operator` as a process. */
export interface Operator {
  readonly process: Running;
  /** Port of its http listener on 127.0.0.1. */
  readonly port: number;
  readonly adminPort: number;
  /** A request through the proxy. */
  get(host: string, path?: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  admin(path: string): Promise<Answer>;
  /** SIGTERM and the end. @returns the exit code */
  stop(): Promise<number | null>;
}

let count = 0;

/** Starts an operator with settings of its own and waits until it is ready. */
export async function startOperator(kube: Cluster, user?: string): Promise<Operator> {
  const operator = await launchOperator(kube, user);
  await ready(operator);
  return operator;
}

/**
 * Starts an operator and does not wait. `cache`: the folder where it keeps what it reads for a start without the API server. `options`:
 * further arguments. `delay`: how long it takes new connections when it is asked to end.
 */
export async function launchOperator(
  kube: Cluster,
  user = 'operator',
  cache?: string,
  options: readonly string[] = [],
  delay = '500ms',
): Promise<Operator> {
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const name = `${user}-${++count}`;
  const settings = {
    listeners: [{ name: 'http', address: `127.0.0.1:${port}`, protocol: 'http' }],
    admin: { address: `127.0.0.1:${adminPort}`, enabled: true },
    workers: 2,
    // On a machine that has the whole cluster a worker waits for a core now and then.
    overload: { loop_delay: '0s' },
    drain: { delay, timeout: '40s' },
    ...(cache === undefined
      ? { last_good: { enabled: false } }
      : { last_good: { wait: '500ms' }, plugin_sources: { cache: { path: cache } } }),
  };
  const config = join(kube.dir, `${name}.yaml`);
  await writeFile(config, stringify(settings));
  const kubeconfig = await kube.login(user);
  const args = ['src/main.ts', 'operator', '--kubeconfig', kubeconfig, '--config', config, ...options];
  const log = join(kube.dir, 'logs', name);
  const env = { POD_NAME: name, POD_NAMESPACE: 'default' };
  return operatorOf(start(process.execPath, args, { log, env }), port, adminPort);
}

/** An operator that listens on these ports of 127.0.0.1. */
export function operatorOf(running: Running, port: number, adminPort: number): Operator {
  const agent = new Agent();
  // The admin API closes a connection after some seconds: one that is kept may end just when it is asked.
  const once = new Agent({ pipelining: 0 });
  return {
    process: running,
    port,
    adminPort,
    get: (host, path = '/', headers = {}) =>
      get(agent, `http://127.0.0.1:${port}${path}`, { host, ...headers }),
    admin: (path) => get(once, `http://127.0.0.1:${adminPort}${path}`),
    async stop() {
      const code = await running.stop();
      for (const one of [agent, once]) if (!one.destroyed) await one.destroy();
      return code;
    },
  };
}

/** Waits until the operator says that it is ready, and ends it when it does not. */
export async function ready(operator: Operator): Promise<void> {
  const { process: running } = operator;
  const probe = async (): Promise<string> => {
    if (running.exitCode() !== undefined) return `it ended with ${running.exitCode()}`;
    const { status, body } = await operator.admin('/ready');
    if (status !== 200) throw new Error(`/ready answers ${status} ${body}`);
    return 'ready';
  };
  const state = await until('ready operator', probe, 120).catch(String);
  if (state === 'ready') return;
  await running.stop('SIGKILL');
  throw new Error(`the operator did not start: ${state}\n${running.log().slice(-4000)}`);
}

async function get(
  dispatcher: Agent,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const answer = await request(url, { headers, dispatcher });
  return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
}

/** Which backend answered, or the status when none did. */
export function backendOf({ status, body }: Answer): string {
  return status === 200 ? echoOf({ status, body }).backend : String(status);
}

/** What the backend saw. */
export function echoOf({ body }: Pick<Answer, 'status' | 'body'>): Echo {
  return JSON.parse(body);
}

/**
 * Waits until requests for `host` are answered by `backend`, or with that status. The time covers the longest pause that a
 * reflector makes between two tries at an API server that was away.
 */
export function serves(operator: Operator, host: string, backend: string, path = '/'): Promise<Answer> {
  const probe = async (): Promise<Answer> => {
    const answer = await operator.get(host, path);
    if (backendOf(answer) === backend) return answer;
    throw new Error(`${answer.status} ${answer.body.slice(0, 500)}`);
  };
  return until(`answer of ${backend} for ${host}`, probe, 90);
}
