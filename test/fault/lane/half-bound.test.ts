import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/wait.ts';
import { askHttp1 } from './clients.ts';
import { Loom, loomAddress } from './loom.ts';

const ports = [8000, 8001] as const;

/** Sockets that listen at the port, in this network namespace (proc(5), /proc/net/tcp). */
function listening(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'latin1').trim().split('\n').slice(1);
  const listen = '0A';
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, at = '', , state]) => at.endsWith(local) && state === listen).length;
}

describe('a worker that ends between its first listener and its second', () => {
  let loom: Loom;
  let whole: readonly number[];
  const listeners = ports.map((port) => ({ name: `p${port}`, address: `${loomAddress}:${port}` }));
  before(async () => {
    loom = new Loom(`
listeners: ${JSON.stringify(listeners.map((one) => ({ ...one, protocol: 'http' })))}
routes: [{ id: here, path: /*, direct_response: { status: 200, body: here } }]
`);
    await loom.start();
    whole = ports.map(listening);
    await loom.kill();
  });
  after(() => loom.remove());

  for (const how of ['error', 'exit'])
    it(`by an ${how}: Loom is ready when its successor listens at both, and nobody was told that it was before`, async () => {
      const file = join(loom.folder, 'how');
      writeFileSync(file, how);
      const seen = loom.log().length;
      const NODE_OPTIONS = `--import ${join(import.meta.dirname, 'half-bound.ts')}`;
      await loom.start({ env: { NODE_OPTIONS, LOOM_FAULT: file } });
      expect(ports.map(listening)).to.deep.equal(whole);
      expect(existsSync(file), 'it has not ended').to.equal(false);
      expect(await loom.metrics()).to.match(/^loom_worker_restarts_total 1$/m);
      for (const port of ports)
        for (let i = 0; i < 20; i++)
          expect((await askHttp1(undefined, 'GET', port)('/')).status, `port ${port}`).to.equal(200);
      await eventually('all is told', () => {
        const messages = loom
          .log()
          .slice(seen)
          .map(({ msg }) => String(msg))
          .filter((msg) => /^worker |^listening$/.test(msg));
        expect(messages.toSorted()).to.deep.equal([
          'listening',
          'listening',
          'worker ended; it will be replaced',
          'worker replaced',
        ]);
        return true;
      });
      await loom.kill();
    });
});
