import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { eventually } from '../../support/wait.ts';

/** Where Loom listens in the namespace of this lane. */
export const loomAddress = '10.78.0.1';
export const loomPort = 8000;
const adminUrl = `http://${loomAddress}:9091`;

/** On a connection of its own: the admin API closes one that is kept after some seconds, and then just when it is asked. */
const ask = (path: string): Promise<Response> => fetch(adminUrl + path, { headers: { connection: 'close' } });

export interface Launch {
  /** Before the program, such as `['prlimit', '--nofile=100']`. */
  readonly prefix?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Where the log goes; a file of its own by default. */
  readonly stdout?: number;
}

/** Loom as a user would start it, in the namespace of the lane, where its ports are always free. */
export class Loom {
  readonly folder = mkdtempSync(join(tmpdir(), 'loom-fault-'));
  readonly #logPath = join(this.folder, 'log');
  #child: ChildProcess | undefined;
  #exited: Promise<number | null> = Promise.resolve(null);

  /** `config`: routes and upstreams of a loom.yaml, and what settings differ. */
  constructor(config: string) {
    this.write(config);
  }

  write(config: string): void {
    const settings = {
      listeners: [{ name: 'http', address: `${loomAddress}:${loomPort}`, protocol: 'http' }],
      admin: { enabled: true, address: `${loomAddress}:9091` },
      workers: 2,
      // A machine with other work to do would have it shed requests.
      overload: { loop_delay: '0s' },
      drain: { delay: '0s', timeout: '5s' },
    };
    const content = parse(config) as Record<string, unknown>;
    const file = join(this.folder, 'loom.yaml');
    // As editors do it: half of a file may be a configuration, too.
    writeFileSync(`${file}.tmp`, stringify({ ...settings, ...content }));
    renameSync(`${file}.tmp`, file);
  }

  /** Starts it, also anew after its end; resolves when it is ready. */
  async start({ prefix = [], env, stdout }: Launch = {}): Promise<void> {
    const out = stdout ?? openSync(this.#logPath, 'a');
    const program = [process.execPath, 'src/main.ts', 'serve', join(this.folder, 'loom.yaml')];
    const [command = '', ...args] = [...prefix, ...program];
    const child = spawn(command, args, {
      stdio: ['ignore', out, 'inherit'],
      env: { ...process.env, ...env },
    });
    if (stdout === undefined) closeSync(out);
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    const isReady = async (): Promise<boolean> => child.exitCode !== null || (await ask('/ready')).ok;
    await eventually('Loom is ready', isReady, 120);
    if (child.exitCode !== null) throw new Error(`Loom ended with ${child.exitCode}`);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async json(path: string): Promise<Record<string, unknown>> {
    return (await (await ask(path)).json()) as Record<string, unknown>;
  }

  async metrics(): Promise<string> {
    return (await ask('/metrics')).text();
  }

  /** Lines of its log so far. */
  log(): Record<string, unknown>[] {
    if (!existsSync(this.#logPath)) return [];
    const lines = readFileSync(this.#logPath, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Replaces the configuration, and resolves when every worker serves it. */
  async edit(config: string): Promise<void> {
    const { revision } = await this.json('/info');
    this.write(config);
    await eventually(
      'the edit is served',
      async () => (await this.json('/info'))['revision'] !== revision,
      60,
    );
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async kill(): Promise<void> {
    if (this.isRunning) this.signal('SIGKILL');
    await this.#exited;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
