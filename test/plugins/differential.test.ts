import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expect } from 'chai';
import { pluginModules } from '../../hack/plugins/build.ts';
import { builtExamples } from '../../hack/plugins/examples.ts';
import { eventually } from '../support/wait.ts';
import { startBackend } from './backend.ts';
import type { Case, Use } from './case.ts';
import { exchange } from './client.ts';
import { comparable, type Outcome } from './compare.ts';
import { startEnvoy } from './envoy.ts';
import { startLoom } from './loom.ts';
import type { Backends, Chain, Proxy, Said } from './proxy.ts';
import { calls } from './cases-calls.ts';
import { bodies } from './cases-bodies.ts';
import { examples } from './cases-examples.ts';
import { headers } from './cases-headers.ts';
import { higress } from './cases-higress.ts';
import { models } from './cases-models.ts';
import { others } from './cases-others.ts';
import { properties } from './cases-properties.ts';
import { replies } from './cases-replies.ts';
import { state } from './cases-state.ts';

const groups: Readonly<Record<string, readonly Case[]>> = {
  'header maps': headers,
  'bodies and trailers': bodies,
  'local responses': replies,
  'calls to other services': calls,
  properties,
  'state and functions': state,
  'plugins of others': others,
  'plugins of Higress': higress,
  'plugins of Higress for language models': models,
  'examples in C++': examples,
};
const rows = readFileSync('docs/proxy-wasm.md', 'utf8');
const granted = { status: 200, headers: [['x-user', 'ann']] as const, body: ['granted'] };

/** A proxy with its servers. */
interface Side {
  readonly proxy: Proxy;
  readonly backends: Backends;
}

describe('the same plugin on Envoy and on Loom', () => {
  const sides: Side[] = [];
  const chains = new Map<Case, Chain>();

  before(async function () {
    // Production modules are some megabytes of Go each.
    this.timeout(600_000);
    const modules = new Map(await pluginModules());
    modules.set('probe', 'test/wasm/guests/build/probe.wasm');
    for (const folder of await builtExamples())
      modules.set(basename(folder), join(folder, 'build', `${basename(folder)}.wasm`));
    const made = new Map<string, Chain>();
    for (const one of Object.values(groups).flat()) {
      const key = JSON.stringify(one.chain);
      const chain = made.get(key) ?? {
        name: `c${made.size}`,
        plugins: one.chain.map((use) => located(use, modules)),
      };
      made.set(key, chain);
      chains.set(one, chain);
    }
    for (const start of [startEnvoy, startLoom]) {
      const backends = {
        backend: await startBackend(),
        other: await startBackend(),
        nobody: 1,
      };
      sides.push({ proxy: await start([...made.values()], backends), backends });
    }
  });

  after(async () => {
    for (const { proxy, backends } of sides) {
      await proxy.stop();
      await backends.backend.close();
      await backends.other.close();
    }
  });

  for (const [title, cases] of Object.entries(groups)) {
    describe(title, () => {
      for (const one of cases) {
        it(one.name, async () => {
          const chain = chains.get(one) as Chain;
          const [envoy, loom] = await Promise.all(sides.map((side) => play(side, chain, one)));
          check(one, envoy as Outcome[], loom as Outcome[]);
        });
      }
    });
  }
});

function located(use: Use, modules: ReadonlyMap<string, string>): Chain['plugins'][number] {
  const path = modules.get(use.module);
  if (path === undefined) throw new Error(`no module is called ${use.module}`);
  return { ...use, path: resolve(path) };
}

/** Sends the requests of a case through one proxy. */
async function play({ proxy, backends }: Side, chain: Chain, one: Case): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let i = 0; i < (one.times ?? 1); i++) {
    const begin = proxy.said.length;
    const own = (): readonly Said[] =>
      proxy.said.slice(begin).filter(({ plugin }) => plugin.split('-')[0] === chain.name);
    const said = async (text: string): Promise<void> => {
      await eventually(
        `${proxy.name} says ${text}`,
        () => own().some((line) => line.text.includes(text)),
        20,
      );
    };
    backends.backend.play(one.answer ?? {}, said);
    backends.other.play(one.called ?? granted, said);
    const received = await exchange(proxy.port(chain), `${chain.name}.test`, one, said);
    // The end of an exchange is told to plugins after its last byte. A plugin that trapped is told nothing more.
    const probes = chain.plugins.filter(({ module }) => module === 'probe').length;
    const { until } = one;
    const ended = (): boolean =>
      count(own(), '@ delete') >= probes && (until === undefined || count(own(), until) > 0);
    const traps = one.chain.some(({ config }) => config?.includes(' trap'));
    if (!traps) await eventually(`${proxy.name} ends the exchange`, ended);
    // Nobody waits for a server that says nothing: what it was asked may come after the end.
    if (one.called?.silent)
      await eventually(`${proxy.name} has asked`, () => backends.other.arrived.length > 0);
    outcomes.push({
      received,
      backend: backends.backend.arrived,
      other: backends.other.arrived,
      said: own(),
    });
  }
  return outcomes;
}

const count = (lines: readonly Said[], text: string): number =>
  lines.filter((line) => line.text.startsWith(text)).length;

function check(
  { status, shows, differs, quiet, varies }: Case,
  envoy: readonly Outcome[],
  loom: readonly Outcome[],
): void {
  const reference = envoy.map((outcome) => comparable(outcome, quiet === true, varies));
  const ours = loom.map((outcome) => comparable(outcome, quiet === true, varies));
  expect(envoy.at(-1)?.received.status, `Envoy's status of ${JSON.stringify(reference)}`).to.equal(status);
  if (shows !== undefined)
    expect(JSON.stringify(envoy.map((outcome) => comparable(outcome, false, varies)))).to.include(
      JSON.stringify(shows).slice(1, -1),
    );
  if (!differs) return void expect(ours).to.deep.equal(reference);
  expect(rows, 'the row of docs/proxy-wasm.md').to.include(`| ${differs.why} |`);
  expect(ours, 'a difference that is no longer there').to.not.deep.equal(reference);
  expect(loom.at(-1)?.received.status, JSON.stringify(ours)).to.equal(differs.status ?? status);
  if (differs.shows !== undefined)
    expect(JSON.stringify(ours)).to.include(JSON.stringify(differs.shows).slice(1, -1));
}
