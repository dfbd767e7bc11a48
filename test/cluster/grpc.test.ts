import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assets } from '../../hack/cluster/build.ts';
import { startEtcd } from '../support/cluster-control-plane.ts';
import type { Running } from '../support/cluster-process.ts';
import { eventually } from '../support/wait.ts';
import { callWorld, type CallWorld } from '../wasm/calls/world.ts';
import { freePort } from '../support/free-port.ts';

/** Protobuf with short byte fields 1, 2, … */
const fields = (...values: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(
    values.map((value, i) =>
      Buffer.concat([Buffer.from([((i + 1) << 3) | 2, value.length]), Buffer.from(value)]),
    ),
  );
const hex = (bytes: Buffer): string => `hex:${bytes.toString('hex')}`;

// etcd is a server of google.golang.org/grpc: the reference for what goes over the wire.
describe('gRPC calls of plugins to etcd', () => {
  let dir: string;
  let etcd: Running;
  let world: CallWorld;

  before(async () => {
    const programs = await assets();
    dir = mkdtempSync(join(tmpdir(), 'loom-etcd-'));
    mkdirSync(join(dir, 'logs'));
    const [port, peer] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    etcd = startEtcd(programs, dir, url, `http://127.0.0.1:${peer}`);
    await eventually('etcd is healthy', async () => (await fetch(`${url}/health`)).ok, 60);
    world = await callWorld(['shop/etcd']);
    world.upstream('shop/etcd', [port]);
  });
  after(async () => {
    world?.close();
    await etcd?.stop('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  it('write and read', async () => {
    world.stage(`configure grpc etcd etcdserverpb.KV/Put 0 ${hex(fields('colour', 'green'))}`);
    await world.hears('grpc_message');
    world.stage(`configure grpc etcd etcdserverpb.KV/Range 5000 ${hex(fields('colour'))}`);
    await world.hears(/grpc_message \d+ [^]*colour[^]*green/);
  });

  it('are told why they fail', async () => {
    world.stage('configure grpc etcd etcdserverpb.KV/Range 0 hex:', 'grpc_close status');
    await world.hears('status 0 3 etcdserver: key is not provided');
    world.stage('configure grpc etcd etcdserverpb.KV/Nothing 0 hex:');
    await world.hears('grpc_close 12');
  });

  it('hear of changes for as long as they listen', async () => {
    world.stage(
      'configure stream etcd etcdserverpb.Watch/Watch',
      `configure send ${hex(fields(fields('season')))}`,
    );
    await world.hears('grpc_initial');
    world.stage(`configure grpc etcd etcdserverpb.KV/Put 0 ${hex(fields('season', 'autumn'))}`);
    await world.hears(/grpc_message \d+ [^]*season[^]*autumn/);
  });
});
