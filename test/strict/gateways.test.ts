import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Vector } from '../http/vector.ts';
import { startBackend, type Backend } from '../support/backend.ts';
import { startWorld, type World } from '../support/world.ts';
import { others, startGateway } from './gateways.ts';
import { isRefused, ruleOf, vectors } from './rules.ts';
import { table, type Column } from './table.ts';
import { judge } from './verdict.ts';

const page = 'docs/http-strictness.md';

/** What becomes of each vector, a few at a time. */
async function verdictsOf(name: string, port: number): Promise<Column> {
  const verdicts = new Map<Vector, Awaited<ReturnType<typeof judge>>>();
  const left = [...vectors];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) verdicts.set(next, await judge(port, next));
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return { name, verdicts };
}

describe('gateways and requests as bytes', function () {
  this.timeout(120_000);
  let backend: Backend;
  let world: World | undefined;

  before(async () => {
    backend = await startBackend((request, response) => {
      request.resume().once('end', () => response.end('ok'));
    });
    world = await startWorld(`
routes: [{ id: all, path: "/*", upstream: b }]
upstreams: [{ name: b, endpoints: ["127.0.0.1:${backend.port}"] }]
`);
  });
  after(async () => {
    await world?.stop();
    await backend.close();
  });

  it('have a rule where they are refused', () => {
    expect(
      vectors.filter((vector) => isRefused(vector) && !ruleOf(vector)).map(({ name }) => name),
    ).to.deep.equal([]);
  });

  it('become in Loom what the vectors say; nginx, HAProxy and Envoy are shown beside it', async () => {
    const columns = [await verdictsOf('Loom', (world as World).port)];
    const mine = columns[0] as Column;
    const wrong = [...mine.verdicts].filter(([, { verdict }]) => verdict !== 'right');
    expect(wrong.map(([{ name }, { status }]) => `${name}: ${status}`)).to.deep.equal([]);
    for (const name of Object.keys(others)) {
      const gateway = await startGateway(name, backend.port);
      if (!gateway) continue;
      try {
        columns.push(await verdictsOf(name, gateway.port));
      } finally {
        await gateway.stop();
      }
    }
    const [before, after] = readFileSync(page, 'utf8').split(/<!-- table -->[^]*<!-- end -->/);
    // Versions of the others differ between machines: the page is written when somebody asks.
    if (process.env['LOOM_STRICT_WRITE'] === '1')
      writeFileSync(page, `${before}<!-- table -->\n${table(columns)}<!-- end -->${after}`);
    else console.log(table(columns).split('\n\n')[0]);
  });
});
