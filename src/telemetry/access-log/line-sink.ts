import { close, constants, fstatSync, open, write } from 'node:fs';

/** How many bytes a pipe takes whole or not at all (pipe(7)): lines of several threads do not mix within a line. */
const pipeBytes = 4096;
const fileBytes = 65_536;
/** So much is written without waiting for the timer. */
const enough = 32_768;
/** Who reads the pipe is busy. */
const busyMs = 20;

export interface SinkOptions {
  /** `stdout`, `stderr`, or the path of a file. */
  readonly output: string;
  /** Characters that may wait; lines beyond are dropped. */
  readonly bufferSize: number;
  /** Time that a line may wait for others to be written with. */
  readonly flushMs: number;
  /** From a failure to the next try. */
  readonly retryMs: number;
  /** Told of so many lines. */
  readonly written: (lines: number) => void;
  readonly dropped: (lines: number) => void;
  /** Told of every failure. */
  readonly failed: (error: NodeJS.ErrnoException) => void;
  /** Told when a failure is over. */
  readonly healed: () => void;
}

/** Lines on their way. */
interface Batch {
  readonly bytes: Buffer;
  readonly lines: number;
  at: number;
}

/**
 * Writes lines beside the request path: `write` only remembers them. What cannot be written waits, up to a limit, and is tried
 * again and again: a full disk heals by itself. The file may be moved away; `reopen` begins another.
 */
export class LineSink {
  readonly #options: SinkOptions;
  /** Runs from the first line that waits on: of a gateway without traffic nothing wakes up. */
  #timer: NodeJS.Timeout | undefined;
  #text = '';
  #lines = 0;
  #batch: Batch | undefined;
  #fd = -1;
  #most = fileBytes;
  #working = false;
  #stale = false;
  #broken = false;
  #closing = false;

  constructor(options: SinkOptions) {
    this.#options = options;
  }

  write(line: string): void {
    const waiting = this.#text.length + (this.#batch?.bytes.length ?? 0);
    if (waiting + line.length > this.#options.bufferSize) return this.#options.dropped(1);
    this.#text += line;
    this.#lines++;
    this.#timer ??= setTimeout(() => this.#flush(), this.#options.flushMs).unref();
    if (this.#text.length >= enough) this.#start();
  }

  /** The file may be another one now: what follows is written to the one that has its name. */
  reopen(): void {
    this.#stale = true;
    this.#start();
  }

  /** Writes what waits, as far as that is possible within `ms`. */
  async close(ms = 1000): Promise<void> {
    clearTimeout(this.#timer);
    const late = performance.now() + ms;
    this.#start();
    while (this.#working && performance.now() < late) await sleep(5);
    this.#closing = true;
    if (!this.#working) this.#release();
  }

  #flush(): void {
    this.#timer = undefined;
    this.#start();
  }

  #start(): void {
    if (this.#working || (!this.#stale && !this.#batch && this.#text === '')) return;
    this.#working = true;
    void this.#work().finally(() => (this.#working = false));
  }

  async #work(): Promise<void> {
    while (!this.#closing && (this.#stale || this.#batch || this.#text !== '')) {
      try {
        if (this.#stale) this.#release();
        this.#stale = false;
        if (this.#fd < 0) await this.#open();
        this.#batch ??= this.#take();
        await this.#writeOut(this.#batch);
        this.#options.written(this.#batch.lines);
        this.#batch = undefined;
        if (this.#broken) this.#options.healed();
        this.#broken = false;
      } catch (error) {
        await this.#rest(error as NodeJS.ErrnoException);
      }
    }
    if (this.#closing) this.#release();
  }

  #take(): Batch {
    const batch = { bytes: Buffer.from(this.#text), lines: this.#lines, at: 0 };
    this.#text = '';
    this.#lines = 0;
    return batch;
  }

  async #writeOut(batch: Batch): Promise<void> {
    const { bytes } = batch;
    while (batch.at < bytes.length) {
      const end =
        bytes.length - batch.at <= this.#most ? bytes.length : endOfLines(bytes, batch.at, this.#most);
      batch.at += await writeSome(this.#fd, bytes, batch.at, end - batch.at);
    }
  }

  async #rest(error: NodeJS.ErrnoException): Promise<void> {
    if (error.code === 'EAGAIN') return sleep(busyMs);
    this.#broken = true;
    this.#options.failed(error);
    this.#release();
    if (this.#batch) this.#batch = rewound(this.#batch);
    await sleep(this.#options.retryMs);
  }

  async #open(): Promise<void> {
    const { output } = this.#options;
    const standard = output === 'stdout' ? 1 : output === 'stderr' ? 2 : 0;
    if (standard === 0) this.#fd = await opened(output);
    // An own description of the same pipe: it can be told not to wait for its reader, and nobody else is told so.
    else if (fstatSync(standard).isFIFO())
      this.#fd = await opened(`/dev/fd/${standard}`).catch(() => standard);
    else this.#fd = standard;
    this.#most = fstatSync(this.#fd).isFIFO() ? pipeBytes : fileBytes;
  }

  #release(): void {
    if (this.#fd > 2) close(this.#fd, () => undefined);
    this.#fd = -1;
  }
}

/** Without waiting, so that neither a pipe without a reader nor one whose reader sleeps holds up a thread. */
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

const opened = (path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    open(path, flags, 0o640, (error, fd) => (error ? reject(error) : resolve(fd)));
  });

const writeSome = (fd: number, bytes: Buffer, at: number, length: number): Promise<number> =>
  new Promise((resolve, reject) => {
    write(fd, bytes, at, length, null, (error, count) => (error ? reject(error) : resolve(count)));
  });

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

const newline = 0x0a;

/** Where the last whole line of at most `most` bytes ends; a longer one goes alone. */
function endOfLines(bytes: Buffer, from: number, most: number): number {
  const last = bytes.lastIndexOf(newline, from + most - 1);
  return last >= from ? last + 1 : bytes.indexOf(newline, from) + 1;
}

/** The rest of a batch from the beginning of the line that was cut; what there is of that gets an end. */
function rewound({ bytes, lines, at }: Batch): Batch {
  const begin = at === 0 ? 0 : bytes.lastIndexOf(newline, at - 1) + 1;
  const rest = bytes.subarray(begin);
  return { bytes: begin === at ? rest : Buffer.concat([Buffer.of(newline), rest]), lines, at: 0 };
}
