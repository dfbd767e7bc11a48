import { expect } from 'chai';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';

interface Slot {
  readonly backend: Backend;
  readonly conditions?: Readonly<Record<'ready' | 'serving' | 'terminating', boolean>>;
  readonly zone?: string;
}

const terminating = { ready: false, serving: true, terminating: true };
const away = { ready: false, serving: false, terminating: true };

/** Endpoints of one port each, so each has a slice of its own. */
function write({ folder }: World, slots: readonly Slot[]): void {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'app', namespace: 'default' },
    spec: { ports: [{ port: 80 }] },
  };
  const slices = slots.map(({ backend, conditions, zone }, i) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `app-${i}`, namespace: 'default', labels: { 'kubernetes.io/service-name': 'app' } },
    addressType: 'IPv4',
    ports: [{ port: backend.port }],
    // An address counts once: each endpoint has its own of the loopback network.
    endpoints: [
      {
        addresses: [`127.0.0.${i + 1}`],
        ...(conditions && { conditions }),
        ...(zone && { zone, hints: { forZones: [{ name: zone }] } }),
      },
    ],
  }));
  const file = join(folder, 'slices.yaml');
  writeFileSync(`${file}.tmp`, [service, ...slices].map((object) => stringify(object)).join('---\n'));
  renameSync(`${file}.tmp`, file);
}

describe('endpoints of a Service', () => {
  let world: World;
  const backends: Backend[] = [];
  const held: (() => void)[] = [];
  before(async () => {
    for (const [i, name] of ['a', 'b', 'c'].entries())
      backends.push(
        await startBackend(
          ({ url }, response) => {
            if (url === '/hold') held.push(() => response.end(name));
            else response.end(name);
          },
          `127.0.0.${i + 1}`,
        ),
      );
    world = await startWorld(
      `
zone: east
routes: [{ id: all, path: /*, backends: [{ service_ref: app:80 }] }]
`,
      'manifests',
    );
  });
  after(async () => {
    await world.stop('SIGKILL');
    for (const backend of backends) await backend.close();
  });

  const ask = async (path = '/'): Promise<string> =>
    (await fetch(world.url + path, { headers: { connection: 'close' } })).text();
  const serves = (names: string): Promise<true> =>
    eventually(`it is served by ${names || 'nobody'}`, async () => {
      const seen = new Set<string>();
      for (let i = 0; i < 6; i++) seen.add(await ask());
      return [...seen].toSorted().join('') === names;
    });

  it('are the ready ones; one that terminates gets nothing new and finishes what it has', async () => {
    const [a, b, c] = backends as [Backend, Backend, Backend];
    write(world, [{ backend: a }]);
    await serves('a');
    const last = ask('/hold');
    await eventually('the request has arrived', () => held.length === 1);
    write(world, [{ backend: a, conditions: terminating }, { backend: b }, { backend: c, conditions: away }]);
    await serves('b');
    held[0]?.();
    expect(await last).to.equal('a');
  });

  it('are those that serve while they terminate where none is ready', async () => {
    const [a, b] = backends as [Backend, Backend];
    write(world, [
      { backend: a, conditions: terminating },
      { backend: b, conditions: away },
    ]);
    await serves('a');
  });

  it('are those hinted for the zone, while all have hints', async () => {
    const [a, b, c] = backends as [Backend, Backend, Backend];
    write(world, [
      { backend: a, zone: 'west' },
      { backend: b, zone: 'east' },
      { backend: c, zone: 'west' },
    ]);
    await serves('b');
    write(world, [{ backend: a, zone: 'west' }, { backend: b, zone: 'east' }, { backend: c }]);
    await serves('abc');
  });
});
