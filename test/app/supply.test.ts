import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { makeLoader } from '../../src/app/supply.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { ControlMetrics } from '../../src/telemetry/control-metrics.ts';
import { compileModule } from '../../src/wasm/vm/compile.ts';
import { FaultRegistry } from '../support/fault-registry.ts';
import { Objects } from '../support/objects.ts';
import { moduleNumber, pluginFrom } from '../support/supply.ts';
import { eventually } from '../support/wait.ts';

describe('the supply of plugins where the machine itself must not be reached', () => {
  let server: FaultRegistry;
  let cachePath: string;
  beforeEach(async () => {
    server = await FaultRegistry.start();
    server.file('/p.wasm', moduleNumber(1));
    cachePath = mkdtempSync(join(tmpdir(), 'loom-app-supply-'));
  });
  afterEach(async () => {
    rmSync(cachePath, { recursive: true });
    await server.close();
  });

  /** What becomes of a plugin of that server, which is on this machine. */
  const fetched = async (host: string, allow: readonly string[]): Promise<LoadedPlugin> => {
    const plugin = pluginFrom({
      type: 'Http',
      url: `https://${host}/p.wasm`,
      pullPolicy: 'IfNotPresent',
      ca: server.ca,
    });
    const loader = makeLoader({
      settings: { allow, publicKeys: [], cachePath, cacheBytes: 1 << 20, refreshMs: 0 },
      objects: () => new Objects().set,
      compile: compileModule,
      metrics: new ControlMetrics(),
      log: pino({ level: 'silent' }),
      changed: () => undefined,
      foreignOnly: true,
    });
    try {
      return await eventually('it is fetched, or cannot be', async () => {
        const loaded = (await loader.load(new Map([[plugin.id, plugin]]))).get(plugin.id);
        return loaded?.problemReason === 'Fetching' ? undefined : loaded;
      });
    } finally {
      loader.close();
    }
  };

  for (const name of ['127.0.0.1', 'localhost'])
    it(`fetches from ${name} what allow names, and nothing without it`, async () => {
      const host = server.host.replace('127.0.0.1', name);
      expect(await fetched(host, [])).to.include({
        problemReason: 'NotAllowed',
        problem: `${host} leads to an address of the machine itself`,
      });
      expect(await fetched(host, ['elsewhere.example'])).to.have.property('problemReason', 'NotAllowed');
      expect(server.seen).to.deep.equal([]);
      expect((await fetched(host, [host])).module).to.be.instanceOf(WebAssembly.Module);
      expect(server.seen).to.have.length(1);
    });
});
