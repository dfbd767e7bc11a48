import { request } from 'node:http';
import { expect } from 'chai';
import { parsePairs } from '../../src/wasm/abi/header-map.ts';
import { bothSources, type World } from '../support/world.ts';
import { eventually } from '../support/wait.ts';

const plugin = `${process.cwd()}/test/wasm/guests/build/reflect.wasm`;
const config = (more: string): string => `
workers: 1
routes:
  - { id: api, path: /*, upstream: none, plugins: [reflect] }
upstreams:
  - { name: none, endpoints: ["127.0.0.1:1"] }
plugins:
  - name: reflect
    path: ${plugin}
    ${more}
`;

/** The request headers that the plugin could read. */
async function read(world: World): Promise<string[] | undefined> {
  const headers = { 'x-a': '1', 'x-b': '2', cookie: 'secret' };
  const body = await new Promise<Buffer>((resolve, reject) => {
    const sent = request(`${world.url}/path`, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    sent.on('error', reject).end();
  });
  return parsePairs(body);
}

const said = (world: World): string[] =>
  world.log.filter(({ msg }) => msg === 'plugin says').map(({ text }) => String(text));

bothSources('the grants of a plugin', (start) => {
  it('show it the headers that it is granted, and no others', async () => {
    const world = await start(
      config('capabilities: { request_headers: { read: { allow: [x-*, ":path"], deny: [x-b] } } }'),
    );
    const names = (await read(world))?.filter((_, i) => i % 2 === 0) ?? [];
    expect(names).to.include.members([':path', 'x-a']);
    // Those that Loom adds begin with x- too.
    expect(names.filter((name) => name !== ':path' && !/^x-(?!b$)/.test(name))).to.deep.equal([]);
    await eventually('it says how many', () => said(world).includes(`count ${names.length}`));
    await world.edit(config(''));
    expect(await read(world)).to.include.members([
      ':path',
      '/path',
      ':method',
      'GET',
      'cookie',
      'secret',
      'x-b',
      '2',
    ]);
  });

  it('give it its environment and nothing of the process', async () => {
    const world = await start(config('env: [{ name: MODE, value: strict }, { name: WHERE, value: "a=b" }]'));
    const told = (): string[] => said(world).filter((text) => text.startsWith('env'));
    await eventually('it says what it has', () => told().length >= 2);
    expect(told()).to.deep.equal(['env MODE=strict', 'env WHERE=a=b']);
  });

  it('keep it from what it did not ask for, and say what to add', async () => {
    const world = await start(config(''));
    await eventually('it was refused', () => said(world).includes('shared 10'));
    const told = world.log.filter(({ msg }) => msg === 'plugin called a function that it is not granted');
    expect(told.length).to.equal(1);
    expect(told[0]).to.include({
      level: 'warn',
      plugin: world.id('reflect'),
      function: 'proxy_set_shared_data',
      remedy: 'add SharedData to capabilities.allow',
    });
    await world.edit(config('capabilities: { allow: [SharedData] }'));
    await eventually('it may', () => said(world).includes('shared 0'));
  });
});
