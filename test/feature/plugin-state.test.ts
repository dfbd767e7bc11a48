import { Agent, get } from 'node:http';
import { expect } from 'chai';
import { bothSources, type World } from '../support/world.ts';
import { eventually } from '../support/wait.ts';

const plugin = `${process.cwd()}/test/wasm/guests/build/shared-state.wasm`;
const config = (words: string, more = ''): string => `
routes:
  - { id: api, path: /, upstream: none, plugins: [counter] }
upstreams:
  - { name: none, endpoints: ["127.0.0.1:1"] }
plugins:
  - name: counter
    path: ${plugin}
    config: "${words}"
    capabilities: { allow: [SharedData, SharedQueues, Ticks] }
    ${more}
`;

/** On a connection of its own, so that the workers share the requests. */
const ask = (world: World): Promise<number> =>
  new Promise((resolve, reject) => {
    const agent = new Agent();
    get(world.url, { agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        agent.destroy();
        if (response.statusCode === 200) resolve(Number(text));
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    }).on('error', reject);
  });

/** What the plugin said, by worker. */
function said(
  world: World,
  what: string,
): { readonly texts: readonly string[]; readonly workers: Set<unknown> } {
  const lines = world.log.filter(({ msg, text }) => msg === 'plugin says' && String(text).startsWith(what));
  return {
    texts: lines.map(({ text }) => String(text)),
    workers: new Set(lines.map(({ worker }) => worker)),
  };
}

/** Asks until each worker has answered; gives all answers. */
async function askBothWorkers(world: World): Promise<readonly number[]> {
  const answers: number[] = [];
  await eventually('both workers answered', async () => {
    answers.push(...(await Promise.all(Array.from({ length: 8 }, () => ask(world)))));
    return said(world, 'answered').workers.size === 2;
  });
  return answers.toSorted((a, b) => a - b);
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

bothSources('the state of a plugin in two workers', (start) => {
  it('counts every request once in the data that both workers share', async () => {
    const answers = await askBothWorkers(await start(config('none')));
    expect(answers).to.deep.equal(upTo(answers.length));
  });

  it('shows a metric of the plugin as the sum of both, and drops it with the plugin', async () => {
    const world = await start(config('none'));
    const { length } = await askBothWorkers(world);
    const line = `guest_requests{plugin="${world.id('counter')}"} ${length}`;
    const scrape = async (): Promise<string> => (await fetch(`${world.admin}/metrics`)).text();
    expect((await scrape()).split('\n')).to.include(line);
    await world.edit(config('other').replace('config:', 'priority: 7\n    config:'));
    expect((await scrape()).split('\n'), 'a new version goes on counting').to.include(line);
    await world.edit(
      config('none')
        .replace(/plugins: \[counter\]/, '')
        .replace(/plugins:[^]*$/, ''),
    );
    expect(await scrape()).not.to.include('guest_requests');
  });

  it('ticks in both workers, or in one of the process', async () => {
    const world = await start(config('tick:5'));
    await eventually('both ticked', () => said(world, 'tick').workers.size === 2);
    await world.edit(config('tick:5', 'ticks: Process'));
    const before = said(world, 'tick').texts.length;
    const last = (): readonly unknown[] =>
      world.log
        .filter(({ msg, text }) => msg === 'plugin says' && String(text).startsWith('tick'))
        .slice(-20)
        .map(({ worker }) => worker);
    await eventually('one ticks on, and it alone', () => {
      if (said(world, 'tick').texts.length <= before + 20) return false;
      return last().every((worker) => worker === 0);
    });
  });

  it('tells one worker of each message that any worker adds to a queue', async () => {
    const world = await start(config('queue:q send:q'));
    const answers = await askBothWorkers(world);
    await eventually('all messages came', () => said(world, 'message').texts.length >= answers.length);
    const { texts, workers } = said(world, 'message');
    expect(texts.map((text) => Number(text.slice(8))).toSorted((a, b) => a - b)).to.deep.equal(answers);
    expect(workers.size).to.equal(1);
    expect(await world.stop(), 'waiting for messages keeps nobody from stopping').to.equal(0);
  });
});
