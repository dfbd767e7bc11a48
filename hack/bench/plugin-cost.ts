/**
 * What header plugins add to a request, Loom and Envoy with the same .wasm in one run: both run with none, one and five plugins, Envoy
 * also with a VM for each of the five, as Loom has them; asked in turn. Prints medians and ratios.
 *   node hack/bench/plugin-cost.ts [--rounds 15 --warmup 8 --seconds 1 --connections 64 --module FILE --config JSON]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPlugins } from '../build-plugins.ts';
import { answering, median, settle, startOrigin, type Settled } from './measure.ts';
import { proxies } from './proxies.ts';
import type { Proxy } from './proxies/proxy.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    warmup: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    module: { type: 'string', default: 'plugins/examples/header-rewrite/build/header-rewrite.wasm' },
    config: { type: 'string', default: '{"request": {"x-a": "1"}, "response": {"x-b": "2"}}' },
  },
});
const rounds = Number(values.rounds);
const effort = {
  warmup: Number(values.warmup),
  seconds: Number(values.seconds),
  options: ['--h1', `-c${values.connections}`],
  connections: Number(values.connections),
};
const counts = [0, 1, 5];
const named = (name: string): Proxy[] => proxies.filter((host) => host.name === name && host.available());
const hosts = [
  ...named('loom').map((host) => ({ name: 'Loom', host, apart: true })),
  ...named('envoy').map((host) => ({ name: 'Envoy, a VM for all', host, apart: false })),
  ...named('envoy').map((host) => ({ name: 'Envoy, a VM for each', host, apart: true })),
];

await buildPlugins();
const folder = mkdtempSync(join(tmpdir(), 'loom-bench-'));
const originPort = 18_950;
const origin = startOrigin(folder, originPort);
const nameOf = (host: string, count: number): string => `${host} ${count}`;
const settled = new Map<string, Settled>();
const cpu = new Map<string, number[]>();
try {
  await answering(folder, `http://127.0.0.1:${originPort}/`, ['--h1']);
  for (const [i, { name, host, apart }] of hosts.entries()) {
    for (const count of counts) {
      const port = originPort + 1 + i * counts.length + counts.indexOf(count);
      const plugins = { path: resolve(values.module), count, config: values.config, apart };
      const own = mkdtempSync(join(folder, 'gateway-'));
      const command = host.command({
        folder: own,
        port,
        upstream: originPort,
        routes: 1,
        wire: 'http',
        certificate: { cert: '', key: '' },
        plugins,
      });
      settled.set(
        nameOf(name, count),
        await settle(command, own, `http://127.0.0.1:${port}/svc0/item`, effort),
      );
    }
  }
  for (let round = 1; round <= rounds; round++)
    for (const [name, gateway] of settled)
      cpu.set(name, [...(cpu.get(name) ?? []), gateway.round().cpuMicros]);
} finally {
  for (const gateway of settled.values()) await gateway.stop();
  await origin.stop();
  rmSync(folder, { recursive: true, force: true });
}

const of = (name: string, count: number): number[] => cpu.get(nameOf(name, count)) ?? [];
/** Of each round by itself, for what else the machine does changes from round to round. */
const added = (name: string, count: number): number =>
  median(of(name, count).map((micros, round) => micros - (of(name, 0)[round] ?? Number.NaN)));
console.log(`\n${values.module}, medians of ${rounds}\n`);
console.log('| | without | one plugin adds | five add | five, each |');
console.log('|---|---:|---:|---:|---:|');
for (const { name } of hosts) {
  const cells = [median(of(name, 0)), added(name, 1), added(name, 5), added(name, 5) / 5];
  console.log(`| ${name} | ${cells.map((micros) => `${micros.toFixed(1)} µs`).join(' | ')} |`);
}
for (const { name } of hosts.slice(1)) {
  const ratio = (count: number): string => (added('Loom', count) / added(name, count)).toFixed(2);
  console.log(`| Loom : ${name} | | ${ratio(1)} | ${ratio(5)} | |`);
}
