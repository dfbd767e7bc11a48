import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interopBinaries, type Interop } from '../../hack/interop/build.ts';
import { makeTlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

/** The cases of gRPC's interop test descriptions that need no account anywhere. */
const cases = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'timeout_on_sleeping_server',
  'cancel_after_begin',
  'cancel_after_first_response',
  'status_code_and_message',
  'special_status_message',
  'custom_metadata',
  'unimplemented_method',
  'unimplemented_service',
  'rpc_soak',
  'channel_soak',
] as const;
const soaks: ReadonlySet<string> = new Set(['rpc_soak', 'channel_soak']);
/** An iteration that takes long is one that fails, by default from a second on: not what is asked here. */
const soakArguments = [
  '--soak_iterations=200',
  '--soak_max_failures=0',
  '--soak_per_iteration_max_acceptable_latency_ms=60000',
  '--soak_overall_timeout_seconds=75',
];

for (const wire of ['h2c', 'TLS'] as const) {
  const isTls = wire === 'TLS';
  describe(`gRPC's interop client and server through Loom, ${wire} on both sides`, function () {
    this.timeout(100_000);
    const folder = mkdtempSync(join(tmpdir(), 'loom-interop-'));
    const cert = join(folder, 'cert.pem');
    const key = join(folder, 'key.pem');
    let binaries: Interop;
    let server: ChildProcess;
    let world: World;
    let securePort: number;

    before(async function () {
      // A first build takes minutes.
      this.timeout(900_000);
      binaries = await interopBinaries();
      const pair = makeTlsPair();
      writeFileSync(cert, pair.cert);
      writeFileSync(key, pair.key);
      const port = await freePort();
      const tls = isTls ? ['--use_tls', `--tls_cert_file=${cert}`, `--tls_key_file=${key}`] : [];
      server = spawn(binaries.server, [`--port=${port}`, ...tls], { stdio: 'ignore' });
      await eventually('the server listens', () => canConnect(port));
      securePort = await freePort();
      world = await startWorld(configuration(port));
    });
    after(async () => {
      await world?.stop('SIGKILL');
      server?.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    });

    function configuration(port: number): string {
      if (!isTls)
        return `
upstreams: [{ name: grpc, endpoints: ['127.0.0.1:${port}'], protocol: grpc }]
routes: [{ id: all, path: '/*', upstream: grpc }]
`;
      return `
listeners: [{ name: secure, address: '127.0.0.1:${securePort}', protocol: https }]
certificates: [{ name: own, cert: ${cert}, key: ${key} }]
authorities: [{ name: ca, ca: ${cert} }]
upstreams: [{ name: grpc, endpoints: ['127.0.0.1:${port}'], protocol: grpcs, tls: { ca_secret_ref: ca } }]
routes: [{ id: all, hosts: [localhost], tls: own, path: '/*', upstream: grpc }]
`;
    }

    for (const name of cases) {
      it(`pass ${name}`, async () => {
        const soak = soaks.has(name) ? soakArguments : [];
        const tls = isTls
          ? ['--use_tls', '--use_test_ca', `--ca_file=${cert}`, '--server_host_override=localhost']
          : [];
        // By name, each channel would ask the DNS for a service config: seconds where nobody answers that.
        const to = ['--server_host=127.0.0.1', `--server_port=${isTls ? securePort : world.port}`];
        await run(binaries.client, [...to, ...tls, `--test_case=${name}`, ...soak]);
      });
    }
  });
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Rejects with what the program said when it ends with another code than 0. */
function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 90_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}${stderr}`));
      else resolve();
    });
  });
}
