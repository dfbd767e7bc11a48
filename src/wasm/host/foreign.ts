import { status } from '../abi/status.ts';
import { foreignFunctions } from '../foreign/registry.ts';
import type { Host } from './host.ts';

/** Longer than the longest name there is. */
const maxName = 256;

/** Result pointers may be NULL: the guest does not want the result then. */
export function proxyCallForeignFunction(
  host: Host,
  name: number,
  nameSize: number,
  argument: number,
  argumentSize: number,
  pointerOut: number,
  sizeOut: number,
): number {
  const { memory } = host;
  memory.check(name, nameSize);
  const bytes = memory.subarray(argument, argumentSize);
  if (pointerOut !== 0) memory.check(pointerOut, 4);
  if (sizeOut !== 0) memory.check(sizeOut, 4);
  const run = nameSize >>> 0 <= maxName ? foreignFunctions.get(memory.latin1(name, nameSize)) : undefined;
  if (!run) return status.notFound;
  const result = run(host, bytes);
  if (typeof result === 'number') return result;
  if (pointerOut !== 0 && sizeOut !== 0) return memory.give(result, pointerOut, sizeOut);
  if (sizeOut !== 0) memory.setU32(sizeOut, result.length);
  return status.ok;
}
