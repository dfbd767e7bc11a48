import { median, type Row } from './measure.ts';
import type { Bar, Results, Scenario } from './scenarios.ts';

const names = { cpuMicros: 'CPU per request', p99Ms: 'p99' } as const;

const of = (results: Results, scenario: string, proxy: string, pick: (row: Row) => number): number =>
  median((results.get(scenario)?.get(proxy) ?? []).map(pick));

/** A Markdown table of medians and, below it, what became of the bars. */
export function report(results: Results, scenario: Scenario): string {
  const rows = results.get(scenario.name) ?? new Map<string, Row[]>();
  const figure = (proxy: string, pick: (row: Row) => number): number =>
    of(results, scenario.name, proxy, pick);
  const cpu = (proxy: string): number => figure(proxy, (row) => row.cpuMicros);
  const lines = [
    '| proxy | CPU µs/request | × nginx | × envoy | requests/s | p50 ms | p99 ms | RSS MiB |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
  ];
  for (const proxy of rows.keys()) {
    const ratio = (to: string): string => (rows.has(to) ? (cpu(proxy) / cpu(to)).toFixed(2) : '');
    const cells = [
      cpu(proxy).toFixed(1),
      ratio('nginx'),
      ratio('envoy'),
      figure(proxy, (row) => row.perSecond).toFixed(0),
      figure(proxy, (row) => row.p50Ms).toFixed(2),
      figure(proxy, (row) => row.p99Ms).toFixed(2),
      figure(proxy, (row) => row.rssMiB).toFixed(0),
    ];
    lines.push(`| ${proxy} | ${cells.join(' | ')} |`);
  }
  return [...lines, '', ...scenario.bars.map((bar) => verdict(results, scenario, bar))].join('\n');
}

function verdict(results: Results, { name }: Scenario, { figure, most, of: to }: Bar): string {
  const pick = (row: Row): number => row[figure];
  const other = 'proxy' in to ? of(results, name, to.proxy, pick) : of(results, to.scenario, 'loom', pick);
  const ratio = of(results, name, 'loom', pick) / other;
  const whose = 'proxy' in to ? `${to.proxy}'s` : `that of ${to.scenario}`;
  const said = Number.isNaN(ratio) ? 'not measured' : ratio <= most ? 'met' : 'missed';
  return `- ${said}: ${names[figure]} ${ratio.toFixed(2)} × ${whose}, bar ${most}`;
}
