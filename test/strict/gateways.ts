import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderOf } from '../../hack/plugins/cache.ts';
import { envoy } from '../../hack/plugins/wheel.ts';
import { eventually } from '../support/wait.ts';
import { freePort } from '../support/free-port.ts';

export interface Gateway {
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly upstream: number;
}

/** Everything on `port` goes to 127.0.0.1:`upstream`. @returns the program and its arguments, undefined where there is none */
type Command = (place: Place) => Promise<readonly [string, ...string[]] | undefined>;

const write = (folder: string, name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

const nginx: Command = async ({ folder, port, upstream }) => {
  if (!existsSync('/usr/sbin/nginx')) return undefined;
  const text = `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events {} http { access_log off; proxy_http_version 1.1; proxy_set_header Host $host;
server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${upstream}; } } }`;
  return ['/usr/sbin/nginx', '-c', write(folder, 'nginx.conf', text), '-p', folder];
};

const haproxy: Command = async ({ folder, port, upstream }) => {
  if (!existsSync('/usr/sbin/haproxy')) return undefined;
  const text = `defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend f
  bind 127.0.0.1:${port}
  default_backend b
backend b
  server s 127.0.0.1:${upstream}
`;
  return ['/usr/sbin/haproxy', '-db', '-f', write(folder, 'haproxy.cfg', text)];
};

const at = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } });
const type = (name: string): object => ({ '@type': `type.googleapis.com/envoy.extensions.filters.${name}` });

const envoyProxy: Command = async ({ folder, port, upstream }) => {
  const manager = {
    ...type('network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'strict',
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'b' } }] },
      ],
    },
    http_filters: [{ name: 'router', typed_config: type('http.router.v3.Router') }],
  };
  const listener = {
    address: at(port),
    filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
  };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: at(upstream) } }] }];
  const cluster = { name: 'b', load_assignment: { cluster_name: 'b', endpoints } };
  const text = JSON.stringify({ static_resources: { listeners: [listener], clusters: [cluster] } });
  const flags = ['--concurrency', '1', '--disable-hot-restart', '-l', 'off'];
  return [join(await folderOf(envoy), 'envoy'), '-c', write(folder, 'envoy.json', text), ...flags];
};

export const others: Readonly<Record<string, Command>> = { nginx, HAProxy: haproxy, Envoy: envoyProxy };

/** Undefined where the program is not installed. */
export async function startGateway(name: string, upstream: number): Promise<Gateway | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'loom-strict-'));
  const port = await freePort();
  const command = await (others[name] as Command)({ folder, port, upstream });
  if (!command) return undefined;
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await eventually(`${name} listens`, () => listens(port), 100);
  return {
    name,
    port,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(true));
  socket.on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
