import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { runLoad } from '../load.ts';
import { loadCore } from '../measure.ts';
import { startLoom } from './gateway.ts';

const count = 10_000;
const barKiB = 12;
const request = 'GET /svc0/item HTTP/1.1\r\nhost: bench\r\n\r\n';

/** What the buffers of all TCP sockets hold, in KiB. */
function kernelKiB(): number {
  return Number(/^TCP:.* mem (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1]) * 4;
}

/** A connection that has had its answer and stays. Each source address has a port range of its own. */
async function idleConnection(port: number, i: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (i % 4)}` });
  socket.write(request);
  let got = '';
  for await (const [chunk] of onData(socket)) {
    got += chunk.toString('latin1');
    if (got.endsWith('x'.repeat(1024))) break;
  }
  if (!got.startsWith('HTTP/1.1 200')) throw new Error(`no answer: ${got.slice(0, 80)}`);
  return socket;
}

async function* onData(socket: Socket): AsyncGenerator<[Buffer]> {
  for (;;) yield (await once(socket, 'data')) as [Buffer];
}

async function open(port: number, wanted: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < wanted) {
    const batch = Array.from({ length: Math.min(100, wanted - sockets.length) }, (_, i) =>
      idleConnection(port, sockets.length + i),
    );
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

/** What idle keep-alive connections cost, in Loom and in the kernel's buffers (of both ends here). */
export async function idle(folder: string, port: number, origin: number): Promise<void> {
  const gateway = await startLoom(folder, port, origin, { workers: 1, cores: '0' });
  // Enough that the code is there, and so little that no free heap is left over for the connections: an upper bound.
  runLoad(loadCore, folder, gateway.url, { options: ['--h1', '-c64'], requests: 1000 });
  const [rss, kernel] = [gateway.rssMiB(), kernelKiB()];
  const sockets = await open(gateway.port, count);
  await setTimeout(3000);
  const each = ((gateway.rssMiB() - rss) * 1024) / count;
  const alive = sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
  console.log(`\n${alive} idle connections: RSS ${rss.toFixed(0)} → ${gateway.rssMiB().toFixed(0)} MiB`);
  console.log(
    `socket buffers in the kernel: ${((kernelKiB() - kernel) / count).toFixed(1)} KiB each, both ends`,
  );
  console.log(
    `\n- ${each <= barKiB && alive === count ? 'met' : 'missed'}: ${each.toFixed(1)} KiB of Loom's RSS each, bar ${barKiB}`,
  );
  for (const socket of sockets) socket.destroy();
  await gateway.stop();
}
