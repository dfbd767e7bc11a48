import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { pushModule } from '../../src/artifacts/oci/push.ts';
import { echoBackend, type Backend } from '../support/backend.ts';
import { startRegistry, user, type RealRegistry } from '../support/registry.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';

const module = readFileSync('plugins/examples/header-rewrite/build/header-rewrite.wasm');

describe('Loom with a plugin from a private registry', function () {
  this.timeout(240_000);
  let registry: RealRegistry;
  let backend: Backend;
  let folder: string;
  let world: World | undefined;

  before(async () => {
    registry = await startRegistry('token');
    backend = await echoBackend('backend');
    folder = mkdtempSync(join(tmpdir(), 'loom-serving-'));
    await pushModule(`${registry.host}/team/headers:1`, module, { ca: registry.ca, credential: user });
  });
  after(async () => {
    await world?.stop('SIGKILL');
    await registry.stop();
    await backend.close();
    rmSync(folder, { recursive: true });
  });

  const text = (): string =>
    stringify({
      plugin_sources: { cache: { path: join(folder, 'cache') }, allow: [registry.host] },
      routes: [{ id: 'all', path: '/*', upstream: 'backend', plugins: ['headers'] }],
      upstreams: [{ name: 'backend', endpoints: [`127.0.0.1:${backend.port}`] }],
      plugins: [
        {
          name: 'headers',
          source: {
            oci: { image: `${registry.host}/team/headers:1`, ca: registry.ca, pull_secret_ref: 'pull' },
          },
          config: { response: { 'x-from': 'registry' } },
        },
      ],
      pull_secrets: [{ name: 'pull', path: join(folder, 'config.json') }],
    });
  const from = async (running: World): Promise<string | null> => {
    const response = await fetch(running.url);
    await response.body?.cancel();
    return response.headers.get('x-from');
  };
  const refs = async (running: World): Promise<string> => {
    const { conditions } = (await running.getJson('/plugins/headers')) as {
      conditions: readonly { type: string; reason: string; message: string }[];
    };
    const found = conditions.find(({ type }) => type === 'ResolvedRefs');
    return `${found?.reason}: ${found?.message}`;
  };

  it('is refused, takes the credentials when they are mended, and serves after a restart without the registry', async () => {
    const wrong = Buffer.from(`${user.username}:wrong`).toString('base64');
    writeFileSync(
      join(folder, 'config.json'),
      JSON.stringify({ auths: { [registry.host]: { auth: wrong } } }),
    );
    world = await startWorld(text());
    const first = world;
    // Ready is whoever has asked for it in vain, or has waited for long.
    await eventually('it is refused', async () =>
      /^Unauthorized: 127.0.0.1:\d+ answers 401 for a token\.$/.test(await refs(first)),
    );
    writeFileSync(join(folder, 'config.json'), registry.dockerConfig);
    await eventually('the plugin is served', async () => (await from(first)) === 'registry', 60);
    await eventually('the status says where it is from', async () =>
      (await refs(first)).startsWith('ResolvedRefs: '),
    );
    expect(await refs(first)).to.match(
      /^ResolvedRefs: The module sha256:\w+ is from \S+\/team\/headers@sha256:\w+\.$/,
    );
    await first.stop();
    await registry.stop();
    world = await startWorld(text());
    expect(await from(world)).to.equal('registry');
  });
});
