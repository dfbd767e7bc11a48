import { runLoad } from '../load.ts';
import { loadCore } from '../measure.ts';
import { startLoom, threadTicks } from './gateway.ts';

/** Two data workers against one: CPU per request, rate, and how evenly the workers are busy. */
export async function workers(folder: string, port: number, origin: number): Promise<void> {
  console.log('\n| data workers | CPU µs/request | requests/s | share of the busiest worker |');
  console.log('|---:|---:|---:|---:|');
  const costs: number[] = [];
  for (const count of [1, 2]) {
    const gateway = await startLoom(folder, port, origin, { workers: count, cores: '0,1' });
    const load = (requests: number): number =>
      runLoad(loadCore, folder, gateway.url, { options: ['--h1', '-c256'], requests }).seconds;
    load(60_000);
    const requests = Math.ceil((20_000 / load(20_000)) * 4);
    const pid = gateway.child.pid as number;
    const [cpu, ticks] = [gateway.cpuSeconds(), threadTicks(pid)];
    const seconds = load(requests);
    const cost = ((gateway.cpuSeconds() - cpu) * 1e6) / requests;
    const busiest = Array.from(threadTicks(pid), ([thread, now]) => now - (ticks.get(thread) ?? 0))
      .toSorted((a, b) => b - a)
      .slice(0, count);
    const share = (busiest[0] ?? 0) / busiest.reduce((sum, one) => sum + one, 0);
    console.log(
      `| ${count} | ${cost.toFixed(1)} | ${(requests / seconds).toFixed(0)} | ${share.toFixed(2)} |`,
    );
    costs.push(cost);
    await gateway.stop();
  }
  const [one = NaN, two = NaN] = costs;
  // Two cores carry twice the requests when a request costs no more; here the load takes a part of them itself.
  const gain = (2 * one) / two;
  console.log(
    `\n- ${gain >= 1.8 ? 'met' : 'missed'}: two workers are worth ${gain.toFixed(2)} of one by CPU, bar 1.8`,
  );
}
