import { Agent, get } from 'node:http';
import { expect } from 'chai';
import { echoBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';

const swaps = 200;
const plugin = `${process.cwd()}/plugins/examples/header-rewrite/build/header-rewrite.wasm`;

describe('swaps of a plugin under load', () => {
  let backend: Backend;
  let world: World;

  before(async () => {
    backend = await echoBackend('one');
  });
  after(async () => {
    await world.stop('SIGKILL');
    await backend.close();
  });

  const config = (version: number): string => `
routes:
  - { id: api, path: /api, upstream: backend, plugins: [mark] }
upstreams:
  - { name: backend, endpoints: ["127.0.0.1:${backend.port}"] }
plugins:
  - { name: mark, path: ${plugin}, config: { request: { x-plugin: "${version}" }, response: { x-plugin: "${version}" } } }
`;

  it(`lose nothing: each request ends on the version that it began with, ${swaps} times`, async function () {
    this.timeout(120_000);
    world = await startWorld(config(0));
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const stop = new AbortController();
    let answers = 0;
    let newest = 0;
    const wrong: string[] = [];
    const ask = (): Promise<void> => {
      const oldest = newest - 1;
      return new Promise((resolve) => {
        get(`${world.url}/api`, { agent }, (response) => {
          const version = Number(response.headers['x-plugin']);
          let body = '';
          response.on('data', (part: Buffer) => (body += part.toString()));
          response.on('end', () => {
            answers++;
            if (response.statusCode !== 200) wrong.push(`${response.statusCode}: ${body}`);
            else if (!body.includes(`"x-plugin":"${version}"`))
              wrong.push(`two versions in one request: ${body}`);
            else if (version < oldest) wrong.push(`${version} when ${oldest} was in every worker`);
            resolve();
          });
        }).on('error', (error) => {
          wrong.push(String(error));
          resolve();
        });
      });
    };
    const clients = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) await ask();
    });
    for (let version = 1; version <= swaps; version++) {
      await world.edit(config(version));
      newest = version;
    }
    stop.abort();
    await Promise.all(clients);
    agent.destroy();
    const failed = world.log.filter(({ msg }) => String(msg).startsWith('plugin'));
    expect(wrong, JSON.stringify(failed)).to.deep.equal([]);
    expect(answers).to.be.greaterThan(swaps);
    await eventually('the old versions are gone', async () => {
      const { instances, failures } = await world.getJson('/plugins/mark');
      expect(failures).to.equal(0);
      return instances === 2;
    });
  });
});
