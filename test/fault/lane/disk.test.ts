import { closeSync, constants, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/wait.ts';
import { askHttp1 } from './clients.ts';
import { Loom, loomAddress } from './loom.ts';
import { startPeer, type Peer } from './peer.ts';
import { SmallDisk } from './small-disk.ts';

const lines = (text: string): Record<string, unknown>[] =>
  text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      // Of a line that was cut when the room ended.
      return [];
    }
  });

describe('Loom, when nobody takes what it writes', () => {
  let peer: Peer;
  let disk: SmallDisk;
  let loom: Loom | undefined;
  beforeEach(async () => {
    disk = new SmallDisk(512);
    peer = await startPeer('http1', '10.78.0.2');
  });
  afterEach(async () => {
    await loom?.remove();
    loom = undefined;
    await peer.kill();
    disk.remove();
  });

  const config = (route: string, more = ''): string => `
${more}
access_log: { buffer_kib: 64 }
routes: [{ id: ${route}, path: /*, upstream: u }]
upstreams: [{ name: u, endpoints: ["${peer.authority}"] }]
`;
  /** Requests, and a change, which is told in the log of the control thread. */
  const goesOn = async (running: Loom, route: string): Promise<void> => {
    for (let i = 0; i < 100; i++) expect((await askHttp1()('/')).status).to.equal(200);
    await running.edit(config(route));
    expect((await askHttp1()('/')).status).to.equal(200);
    expect(await running.metrics()).to.match(/loom_worker_restarts_total 0/);
  };

  it('serves, takes changes and loses no worker while the disk of its log is full, and writes again when there is room', async () => {
    loom = new Loom(config('first'));
    const file = join(disk.folder, 'log');
    const stdout = openSync(file, 'a');
    await loom.start({ stdout });
    closeSync(stdout);
    disk.fill();
    await goesOn(loom, 'second');
    disk.free();
    await eventually('all is told', async () => {
      await askHttp1()('/room-again');
      const told = lines(readFileSync(file, 'utf8'));
      return (
        told.some(({ path }) => path === '/room-again') &&
        told.some(({ msg }) => msg === 'access log can be written again')
      );
    });
  });

  it('does the same while nobody reads the pipe of its log', async () => {
    const path = join(disk.folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    // A pipe as a shell would give it: one that waits for its reader.
    const stdout = openSync(path, constants.O_WRONLY);
    loom = new Loom(config('first'));
    await loom.start({ stdout });
    closeSync(stdout);
    for (let i = 0; i < 600; i++) expect((await askHttp1()('/')).status).to.equal(200);
    await goesOn(loom, 'second');
    let text = '';
    const bytes = Buffer.alloc(65_536);
    await eventually('all is told', async () => {
      await askHttp1()('/read-again');
      try {
        text += bytes.toString('utf8', 0, readSync(reader, bytes));
      } catch {
        // Nothing is there at the moment.
      }
      const told = lines(text);
      const changes = told.filter(({ msg }) => msg === 'configuration applied');
      return told.some(({ path: at }) => at === '/read-again') && changes.length === 2;
    });
    closeSync(reader);
  });

  it('uses plugins that it has fetched while the disk of the cache is full', async () => {
    const module = readFileSync('plugins/examples/header-rewrite/build/header-rewrite.wasm');
    const server: Server = createServer((_, response) => response.end(module));
    await new Promise<void>((resolve) => server.listen(7000, loomAddress, resolve));
    const withPlugin = (from: string): string => `
${config('all', `plugin_sources: { cache: { path: ${join(disk.folder, 'cache')} } }`).replace('upstream: u', 'upstream: u, plugins: [mark]')}
plugins:
  - name: mark
    source: { http: { url: "http://${loomAddress}:7000/${from}", insecure: plain_http } }
    config: { response: { x-mark: "there" } }
`;
    loom = new Loom(withPlugin('first.wasm'));
    disk.fill();
    await loom.start();
    const isMarked = async (): Promise<boolean> => (await askHttp1()('/')).headers['x-mark'] === 'there';
    await eventually('the plugin runs', isMarked);
    const told = 'what was fetched cannot be written to the cache';
    const unwritten = (): number =>
      loom?.log().filter(({ msg }) => msg === told || msg === 'plugins are not cached on the disk').length ??
      0;
    // Its content, and its name.
    await eventually('both are told', () => unwritten() === 2);
    disk.free();
    await loom.edit(withPlugin('second.wasm'));
    // The plugin runs all the time, as it was: what tells is the file. Its name is written behind its content.
    const cached = (): string[] =>
      readdirSync(join(disk.folder, 'cache', 'names')).filter((name) => !name.endsWith('.tmp'));
    await eventually('the plugin is in the cache', () => cached().length > 0);
    expect(await isMarked()).to.equal(true);
    expect(unwritten()).to.equal(2);
    await loom.kill();
    server.close();
    server.closeAllConnections();
    await loom.start();
    await eventually('the plugin comes from the cache', isMarked);
  });
});
