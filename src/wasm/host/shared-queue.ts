import { status } from '../abi/status.ts';
import type { Host } from './host.ts';
import { warnOnce } from './warn-once.ts';

/** A queue belongs to a vmId of the plugin's namespace. */
const nameOf = (vmId: string | Buffer, name: Buffer): Buffer =>
  Buffer.concat([typeof vmId === 'string' ? Buffer.from(vmId) : vmId, Buffer.of(0), name]);

export function proxyRegisterSharedQueue(host: Host, name: number, nameSize: number, out: number): number {
  const { memory, root, plugin } = host;
  memory.check(out, 4);
  const wanted = nameOf(plugin.vmId, memory.subarray(name, nameSize));
  const id = root ? (host.events.queues?.register(root, wanted) ?? 0) : 0;
  if (id === 0) {
    host.log.warn(
      'plugin cannot have another shared queue: too many in its namespace, or the name is too long',
    );
    return status.internalFailure;
  }
  memory.setU32(out, id);
  return status.ok;
}

export function proxyResolveSharedQueue(
  host: Host,
  vmId: number,
  vmIdSize: number,
  name: number,
  nameSize: number,
  out: number,
): number {
  const { memory, plugin, share } = host;
  memory.check(out, 4);
  const vm = vmIdSize === 0 ? plugin.vmId : memory.copy(vmId, vmIdSize);
  const id = share.queues?.resolve(nameOf(vm, memory.subarray(name, nameSize))) ?? 0;
  if (id === 0) return status.notFound;
  memory.setU32(out, id);
  return status.ok;
}

/** A full queue answers NOT_FOUND: no SDK knows another failure, and the Rust SDK ends the instance at one that it does not know. */
export function proxyEnqueueSharedQueue(host: Host, id: number, message: number, size: number): number {
  const { memory, share } = host;
  const result = share.queues?.enqueue(id >>> 0, memory.subarray(message, size)) ?? 'missing';
  if (result === 'missing') return status.notFound;
  if (result === 'full') {
    warnOnce(host, `queue ${id}`, {}, 'a shared queue is full; plugin could not add a message');
    return status.notFound;
  }
  if (result.ring !== undefined) share.place.ring(result.ring);
  return status.ok;
}

export function proxyDequeueSharedQueue(host: Host, id: number, pointerOut: number, sizeOut: number): number {
  const { memory, share } = host;
  memory.check(pointerOut, 4);
  memory.check(sizeOut, 4);
  const message = share.queues?.dequeue(id >>> 0) ?? 'missing';
  if (message === 'missing') return status.notFound;
  if (message === 'empty') return status.empty;
  return memory.give(message, pointerOut, sizeOut);
}
