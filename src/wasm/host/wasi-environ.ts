import { errno } from '../abi/status.ts';
import type { Host } from './host.ts';

/** `env` of the plugin and nothing else: what stands in the environment of the gateway is no business of a module. */
const strings = ({ plugin }: Host): Buffer[] =>
  plugin.env.map(({ name, value }) => Buffer.from(`${name}=${value}\0`));

export function environSizesGet(host: Host, countOut: number, bytesOut: number): number {
  const all = strings(host);
  host.memory.check(bytesOut, 4);
  host.memory.setU32(countOut, all.length);
  host.memory.setU32(
    bytesOut,
    all.reduce((sum, text) => sum + text.length, 0),
  );
  return errno.success;
}

/** Both places are as large as environ_sizes_get said. */
export function environGet(host: Host, pointersOut: number, textOut: number): number {
  const all = Buffer.concat(strings(host));
  host.memory.check(pointersOut, host.plugin.env.length * 4);
  const to = host.memory.subarray(textOut, all.length);
  all.copy(to);
  let from = 0;
  for (const [i] of host.plugin.env.entries()) {
    host.memory.setU32((pointersOut >>> 0) + i * 4, (textOut >>> 0) + from);
    from = all.indexOf(0, from) + 1;
  }
  return errno.success;
}

export function argsSizesGet(host: Host, countOut: number, bytesOut: number): number {
  host.memory.check(bytesOut, 4);
  host.memory.setU32(countOut, 0);
  host.memory.setU32(bytesOut, 0);
  return errno.success;
}
