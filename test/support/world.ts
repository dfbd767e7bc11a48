import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { expand } from '../../src/sources/shorthand.ts';
import { eventually } from './wait.ts';
import { freePort } from './free-port.ts';

/** JSON of the admin API, to be looked into by path. */
type Json = Record<string, unknown>;
export type SourceKind = 'loom.yaml' | 'manifests';
type Entry = Record<string, unknown>;
interface LoomYaml {
  readonly routes?: readonly Entry[];
  readonly upstreams?: readonly Entry[];
  readonly plugins?: readonly Entry[];
  readonly certificates?: readonly Readonly<Record<'name' | 'cert' | 'key', string>>[];
  readonly password_files?: readonly Readonly<Record<'name' | 'path', string>>[];
  readonly [settings: string]: unknown;
}

/** A running Loom, as a user would start it. */
export interface World {
  readonly url: string;
  readonly admin: string;
  readonly port: number;
  readonly folder: string;
  readonly child: ChildProcess;
  /** Lines of its log so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
  /** The id that an entry of that name has. */
  id(name: string): string;
  /** Replaces the configuration, and resolves when every worker serves it. */
  edit(text: string): Promise<void>;
  /** Writes the configuration without waiting for anything. */
  write(text: string): void;
  getJson(path: string): Promise<Json>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Runs a suite once for each way to say the same thing. The text is always that of a loom.yaml. */
export function bothSources(title: string, suite: (start: (text: string) => Promise<World>) => void): void {
  for (const kind of ['loom.yaml', 'manifests'] as const) {
    describe(`${title}, from ${kind}`, () => {
      const worlds: World[] = [];
      afterEach(async () => {
        for (const world of worlds.splice(0)) await world.stop('SIGKILL');
      });
      suite(async (text) => {
        const world = await startWorld(text, kind);
        worlds.push(world);
        return world;
      });
    });
  }
}

export async function startWorld(text: string, kind: SourceKind = 'loom.yaml'): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'loom-world-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  const write = (next: string): void => {
    const { routes, upstreams, plugins, certificates, password_files, ...settings } = parse(next) as LoomYaml;
    const ports = {
      listeners: [{ name: 'http', address: `127.0.0.1:${port}`, protocol: 'http' }],
      admin: { enabled: true, address: `127.0.0.1:${adminPort}` },
      workers: 2,
      drain: { delay: '0s', timeout: '10s' },
      // Where many tests share a machine, nobody's requests are to be shed by surprise.
      overload: { loop_delay: '0s' },
      ...settings,
    };
    const objects = kind === 'loom.yaml' ? { routes, upstreams, plugins, certificates, password_files } : {};
    replaceFile(join(folder, 'loom.yaml'), stringify({ ...ports, ...objects }));
    if (kind === 'manifests') {
      const manifests = [
        ...(routes ?? []).map((entry) => toManifest('LoomRoute', entry)),
        ...(upstreams ?? []).map((entry) => toManifest('LoomUpstream', entry)),
        ...(plugins ?? []).map((entry) => toManifest('WasmPlugin', entry)),
        ...(certificates ?? []).map(toSecret),
        ...(password_files ?? []).map(toPasswordSecret),
      ];
      replaceFile(join(folder, 'objects.yaml'), manifests.map((object) => stringify(object)).join('---\n'));
    }
  };
  write(text);
  const path = kind === 'loom.yaml' ? join(folder, 'loom.yaml') : folder;
  const child = spawn(process.execPath, ['src/main.ts', 'serve', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log = readLog(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const admin = `http://127.0.0.1:${adminPort}`;
  // On a connection of its own: the admin API closes one that is kept after some seconds, and then just when it is asked.
  const getJson = async (target: string): Promise<Json> =>
    (await (await fetch(admin + target, { headers: { connection: 'close' } })).json()) as Json;
  const revision = async (): Promise<number> => Number((await getJson('/info'))['revision']);
  const ready = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`loom ended with ${child.exitCode}: ${JSON.stringify(log)}`);
    return (await fetch(`${admin}/ready`)).ok;
  };
  // On a machine with much else to do a process takes its time: nearly all that a test has.
  await eventually('Loom is ready', ready, 50).catch((error: unknown) => {
    // Nobody gets a World to stop it with, and the test process would wait for it.
    child.kill('SIGKILL');
    throw error;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    admin,
    port,
    folder,
    child,
    log,
    id: (name) => (kind === 'loom.yaml' ? name : `default/${name}`),
    write,
    edit: async (next) => {
      const before = await revision();
      write(next);
      await eventually('the edit is served', async () => (await revision()) > before);
    },
    getJson,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const code = await exited;
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** As editors do it: the reader sees the old file or the new one. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}

function toManifest(kind: 'LoomRoute' | 'LoomUpstream' | 'WasmPlugin', entry: Entry): object {
  const { id, name, ...rest } = entry;
  const { spec } = expand(kind, kind === 'LoomRoute' ? { ...rest, ...(name ? { name } : {}) } : rest);
  return {
    apiVersion: 'loom.dev/v1alpha1',
    kind,
    metadata: { name: id ?? name, namespace: 'default' },
    spec,
  };
}

function toSecret({ name, cert, key }: Readonly<Record<'name' | 'cert' | 'key', string>>): object {
  const base64 = (file: string): string => readFileSync(file).toString('base64');
  const data = { 'tls.crt': base64(cert), 'tls.key': base64(key) };
  const metadata = { name, namespace: 'default' };
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, data };
}

function toPasswordSecret({ name, path }: Readonly<Record<'name' | 'path', string>>): object {
  const data = { auth: readFileSync(path).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace: 'default' }, data };
}

function readLog(child: ChildProcess): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      try {
        lines.push(JSON.parse(part) as Record<string, unknown>);
      } catch {
        lines.push({ raw: part });
      }
    }
  });
  return lines;
}
