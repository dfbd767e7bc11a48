import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { readTable } from '../../src/harness/table.ts';
import { playTable } from '../../src/harness/verdicts.ts';

const path = (name: string): string => resolve(`plugins/examples/${name}/build/${name}.wasm`);

describe('playTable', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-table-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Each test as its name, and the failures as `field: expected | got`. */
  async function play(table: object): Promise<readonly (readonly [string, readonly string[]])[]> {
    const file = join(folder, 't.test.yaml');
    writeFileSync(file, JSON.stringify(table, null, 1));
    const read = await readTable(file);
    const verdicts: (readonly [string, readonly string[]])[] = [];
    for await (const { test, failures } of playTable(read, 'info')) {
      const told = failures.map((f) => `${read.locate(f.path).field}: ${f.expected} | ${f.got}`);
      verdicts.push([test.name, told]);
    }
    await read.plan.guard.close();
    return verdicts;
  }

  const auth = {
    name: 'auth',
    path: path('http-auth'),
    config: { upstream: 'idp' },
    capabilities: { upstreams: ['idp'] },
  };
  const limit = {
    name: 'limit',
    path: path('rate-limit'),
    config: { requestsPerSecond: 0.001, burst: 1, shared: true },
    capabilities: { allow: ['SharedData'] },
  };

  it('compares both sides, calls, verdicts, errors and logs', async () => {
    const tests = [
      {
        name: 'holds',
        request: { path: '/a?b', headers: { authorization: 'x' } },
        calls: [{ to: 'idp', answer: { status: 401, headers: { 'www-authenticate': 'Basic' }, body: 'no' } }],
        expect: {
          request: null,
          response: { status: 401, headers: { 'www-authenticate': 'Basic' }, body: 'no' },
          calls: [{ to: 'idp', method: 'GET', headers: { authorization: 'x', 'x-original-path': '/a?b' } }],
          plugins: { auth: 'respond' },
          error: null,
        },
      },
      {
        name: 'does not',
        calls: [{ to: 'idp', answer: {} }],
        expect: {
          request: null,
          response: null,
          calls: [],
          plugins: { other: 'respond' },
          error: 'x',
          logs: ['x'],
        },
      },
    ];
    expect(await play({ plugins: [auth], tests })).to.deep.equal([
      ['holds', []],
      [
        'does not',
        [
          'tests[1].expect.request: nothing | "a request"',
          'tests[1].expect.response: nothing | "a response"',
          'tests[1].expect.calls: "0 calls" | "1 calls"',
          'tests[1].expect.error: "x" | nothing',
          'tests[1].expect.plugins.other: "respond" | "not asked"',
          'tests[1].expect.logs[0]: a line: "x" | nothing',
        ],
      ],
    ]);
  });

  it('plays steps through one instance and tests through instances of their own', async () => {
    const once = { expect: { response: { status: 200 } } };
    const twice = { expect: { response: { status: 429 } } };
    const tests = [
      { name: 'a', steps: [once, twice] },
      { name: 'b', steps: [once, twice] },
      { name: 'c', config: { requestsPerSecond: 0.001, burst: 2 }, steps: [once, once, twice] },
    ];
    expect(await play({ plugins: [limit], tests })).to.deep.equal([
      ['a', []],
      ['b', []],
      ['c', []],
    ]);
  });

  it('fails a test for what it does not speak of: a call without an answer, a plugin that does not start', async () => {
    const tests = [
      { name: 'call', expect: {} },
      { name: 'start', config: [], expect: {} },
      { name: 'refusal', refused: true },
    ];
    const [call, start, refusal] = await play({ plugins: [auth], tests });
    expect(call).to.deep.equal(['call', ['tests[0]: only calls that are answered | a call to idp']]);
    expect(start?.[1][0]).to.match(/^tests\[1\]: all plugins start \| auth: .*refused its configuration$/);
    expect(refusal).to.deep.equal([
      'refusal',
      ['tests[2].refused: a plugin that refuses to start | all plugins start'],
    ]);
  });
});
