import { connect } from 'node:net';
import type { Vector } from '../http/vector.ts';
import { statuses } from '../http/raw-client.ts';
import { isRefused } from './rules.ts';

/** `right`: as the vector says. `took`: it went to the upstream and should not have. `refused`: it should have gone there. */
export type Verdict = 'right' | 'took' | 'refused';

/** A gateway that waits for more of a message has not taken it. One that shall take it may be busy. */
const waitMs = { refused: 1500, taken: 15_000 };

/** Sends a vector with a request behind it, and says what became of it by the first response. */
export async function judge(port: number, vector: Vector): Promise<{ verdict: Verdict; status: number }> {
  const following = 'GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const received = await send(
    port,
    vector.bytes + following,
    waitMs[isRefused(vector) ? 'refused' : 'taken'],
  );
  const status = statuses(received)[0] ?? 0;
  const taken = status >= 200 && status < 400;
  if (isRefused(vector)) return { verdict: taken ? 'took' : 'right', status };
  return { verdict: taken || vector.status.includes(status) ? 'right' : 'refused', status };
}

function send(port: number, bytes: string, waits: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  const late = setTimeout(() => socket.destroy(), waits);
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  socket.on('error', () => undefined);
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(late);
    resolve(received);
  });
  socket.write(bytes, 'latin1');
  return promise;
}
