/**
 * Asks a server for some seconds and prints as JSON what came of it: `client.ts PORT SECONDS closed CONNECTIONS` asks again as soon as
 * an answer is there; `client.ts PORT SECONDS open RATE` asks so often a second whatever comes, a fifth of it for /high, and gives up
 * after a second.
 */
import { connect, type Socket } from 'node:net';

const patienceMs = 1000;
const [port = 0, seconds = 0] = process.argv.slice(2, 4).map(Number);
const [mode, amount] = [process.argv[4], Number(process.argv[5])];

const idle: Connection[] = [];
const times: number[] = [];
const counts = { asked: 0, good: 0, shed: 0, failed: 0, late: 0, highAsked: 0, highGood: 0 };

class Connection {
  readonly #socket: Socket;
  #asked: { at: number; high: boolean; timer: NodeJS.Timeout; done: () => void } | undefined;
  #got = '';

  constructor() {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#read(text));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#end('failed'));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  ask(high: boolean, done: () => void): void {
    counts.asked++;
    if (high) counts.highAsked++;
    const timer = setTimeout(() => {
      this.#end('late');
      this.#socket.destroy();
    }, patienceMs);
    this.#asked = { at: performance.now(), high, timer, done };
    this.#socket.write(`GET /${high ? 'high' : 'normal'} HTTP/1.1\r\nHost: bench\r\n\r\n`);
  }

  #read(text: string): void {
    this.#got += text;
    const head = this.#got.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#got)?.[1] ?? 0);
    if (this.#got.length < head + 4 + length) return;
    const status = this.#got.slice(9, 12);
    this.#got = '';
    const asked = this.#asked;
    if (!asked) return;
    if (status === '200') {
      times.push(performance.now() - asked.at);
      if (asked.high) counts.highGood++;
    }
    idle.push(this);
    this.#end(status === '200' ? 'good' : status === '503' ? 'shed' : 'failed');
  }

  #end(as: 'good' | 'shed' | 'failed' | 'late'): void {
    const asked = this.#asked;
    if (!asked) return;
    this.#asked = undefined;
    clearTimeout(asked.timer);
    counts[as]++;
    asked.done();
  }
}

/** One that is kept, the most recently used first, or a new one. */
function free(): Connection {
  for (;;) {
    const connection = idle.pop();
    if (!connection) return new Connection();
    if (connection.isOpen) return connection;
  }
}

const began = performance.now();
const end = began + seconds * 1000;
if (mode === 'closed') {
  const again = (): void => {
    if (performance.now() < end) free().ask(false, again);
  };
  for (let i = 0; i < amount; i++) again();
} else {
  let sent = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now > end) return clearInterval(timer);
    for (const due = ((now - began) / 1000) * amount; sent < due; sent++)
      free().ask(sent % 5 === 0, () => undefined);
  }, 5);
}
setTimeout(
  () => {
    times.sort((a, b) => a - b);
    const at = (share: number): number => Math.round(times[Math.floor(share * (times.length - 1))] ?? 0);
    console.log(JSON.stringify({ ...counts, p50Ms: at(0.5), p99Ms: at(0.99) }));
    process.exit(0);
  },
  seconds * 1000 + patienceMs + 500,
);
