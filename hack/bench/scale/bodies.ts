import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { startLoom, type Gateway } from './gateway.ts';

const total = 2 ** 30;
const piece = Buffer.alloc(2 ** 18, 'x');
const barMiB = 30;

const gigabyte = (bytes: number): Readable =>
  Readable.from(
    (function* pieces() {
      for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
    })(),
    { objectMode: false },
  );

/** Stands still at first, so that everything between fills up, then reads 16 MiB at a time. @returns bytes */
async function readSlowly(message: IncomingMessage): Promise<number> {
  await setTimeout(2000);
  let [bytes, pauseAt] = [0, 0];
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes < pauseAt) continue;
    pauseAt = bytes + 2 ** 24;
    await setTimeout(100);
  }
  return bytes;
}

/** Answers GET with a gigabyte, or with as much as the query says; takes what is posted slowly and tells how much it was. */
async function startPeer(): Promise<Server> {
  const server = createServer((message, response) => {
    if (message.method === 'POST') void readSlowly(message).then((bytes) => response.end(String(bytes)));
    else gigabyte(message.url?.endsWith('small') ? piece.length : total).pipe(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function peakWhile(gateway: Gateway, work: () => Promise<number>): Promise<number> {
  let peak = 0;
  const sampler = setInterval(() => (peak = Math.max(peak, gateway.rssMiB())), 100);
  const bytes = await work().finally(() => clearInterval(sampler));
  if (bytes !== total) throw new Error(`${bytes} bytes arrived of ${total}`);
  return peak;
}

async function upload({ port }: Gateway): Promise<number> {
  const sending = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/svc0/x',
    headers: { 'content-length': total },
  });
  gigabyte(total).pipe(sending);
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  return Number(text);
}

async function download({ port }: Gateway): Promise<number> {
  const asking = request({ port, host: '127.0.0.1', path: '/svc0/x' }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return readSlowly(response);
}

/** A gigabyte each way with a slow reader: what Loom's memory grows by. */
export async function bodies(folder: string, port: number): Promise<void> {
  const peer = await startPeer();
  const upstream = (peer.address() as AddressInfo).port;
  for (const [name, transfer] of Object.entries({ upload, download })) {
    const gateway = await startLoom(folder, port, upstream, { workers: 1, cores: '0' });
    const rss = gateway.rssMiB();
    const began = performance.now();
    const grown = (await peakWhile(gateway, () => transfer(gateway))) - rss;
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const said = grown <= barMiB ? 'met' : 'missed';
    console.log(
      `- ${said}: ${name} of 1 GiB in ${seconds} s, RSS +${grown.toFixed(0)} MiB, bar +${barMiB} MiB`,
    );
    await gateway.stop();
  }
  peer.close();
}
