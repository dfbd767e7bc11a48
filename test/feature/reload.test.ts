import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { bothSources, startWorld } from '../support/world.ts';

const ping = (body: string, more = ''): string =>
  `routes:\n  - { id: ping, path: /ping, direct_response: { status: 200, body: "${body}" } }\n${more}`;
const textOf = async (url: string): Promise<string> => (await fetch(`${url}/ping`)).text();

bothSources('reload', (start) => {
  it('serves an edit at once', async () => {
    const world = await start(ping('one'));
    expect(await textOf(world.url)).to.equal('one');
    await world.edit(ping('two'));
    expect(await textOf(world.url)).to.equal('two');
  });

  it('keeps the last valid version of an object that becomes invalid, and serves its changed neighbours', async () => {
    const world = await start(ping('one'));
    const bad = '  - { id: bad, path: /bad, direct_response: { status: 99 } }\n';
    await world.edit(ping('two', bad));
    expect(await textOf(world.url)).to.equal('two');
    const invalid = ping('three').replace('status: 200', 'status: 20');
    world.write(invalid + bad.replace('/bad', '/worse').replace('99', '204'));
    await eventually(
      'the neighbour is served',
      async () => (await fetch(`${world.url}/worse`)).status === 204,
    );
    expect(await textOf(world.url), 'the last valid version').to.equal('two');
    await eventually('the log says where and why', () =>
      world.log.some((line) => JSON.stringify(line).match(/\.yaml:\d+.*status/)),
    );
  });
});

describe('reload of a broken file', () => {
  it('keeps the last good state and says file, line and reason', async () => {
    const world = await startWorld(ping('one'));
    writeFileSync(join(world.folder, 'loom.yaml'), 'routes:\n  - { id: ping, path: [\n');
    const line = await eventually('the log names the file', () =>
      world.log.find((entry) => entry['level'] === 'warn' && /loom\.yaml:\d+/.test(JSON.stringify(entry))),
    );
    expect(line).to.have.property('message').that.is.a('string');
    expect(await textOf(world.url)).to.equal('one');
    await world.edit(ping('two'));
    expect(await textOf(world.url)).to.equal('two');
    expect(await world.stop()).to.equal(0);
  });
});
