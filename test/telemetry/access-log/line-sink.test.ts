import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LineSink } from '../../../src/telemetry/access-log/line-sink.ts';
import { TimerCensus } from '../../support/timers.ts';
import { eventually } from '../../support/wait.ts';

interface Told {
  written: number;
  dropped: number;
  failed: (string | undefined)[];
  healed: number;
}

describe('LineSink', () => {
  let folder = '';
  const sinks: LineSink[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-sink-'));
  });
  afterEach(async () => {
    for (const sink of sinks.splice(0)) await sink.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function sinkTo(output: string, bufferSize = 1_000_000): { sink: LineSink; told: Told } {
    const told: Told = { written: 0, dropped: 0, failed: [], healed: 0 };
    const sink = new LineSink({
      output,
      bufferSize,
      flushMs: 5,
      retryMs: 5,
      written: (lines) => (told.written += lines),
      dropped: (lines) => (told.dropped += lines),
      failed: ({ code }) => told.failed.push(code),
      healed: () => told.healed++,
    });
    sinks.push(sink);
    return { sink, told };
  }

  it('writes every line, in order', async () => {
    const file = join(folder, 'log');
    const { sink, told } = sinkTo(file, 10_000_000);
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ü ${'x'.repeat(i % 100)}\n`);
    for (const line of lines) sink.write(line);
    await eventually('all are written', () => told.written === lines.length);
    expect(readFileSync(file, 'utf8')).to.equal(lines.join(''));
    expect(told).to.deep.include({ dropped: 0, failed: [] });
  });

  it('has a timer only while something waits', async () => {
    const timers = new TimerCensus();
    try {
      const { sink, told } = sinkTo(join(folder, 'log'));
      for (const lines of [2, 4]) {
        expect(timers.running(5)).to.equal(0);
        sink.write('one\n');
        sink.write('two\n');
        expect(timers.running(5)).to.equal(1);
        await eventually('they are written', () => told.written === lines);
      }
      expect(timers.running(5)).to.equal(0);
    } finally {
      timers.close();
    }
  });

  it('goes on in another file when its own was moved', async () => {
    const file = join(folder, 'log');
    const { sink, told } = sinkTo(file);
    sink.write('one\n');
    await eventually('it is written', () => told.written === 1);
    renameSync(file, `${file}.1`);
    sink.write('two\n');
    await eventually('it is written', () => told.written === 2);
    sink.reopen();
    await eventually('there is a new file', () => readFileSync(file).length === 0);
    sink.write('three\n');
    await eventually('it is written', () => told.written === 3);
    expect(readFileSync(`${file}.1`, 'utf8')).to.equal('one\ntwo\n');
    expect(readFileSync(file, 'utf8')).to.equal('three\n');
  });

  it('waits for a full disk to have room, and loses nothing that it has room for', async () => {
    const file = join(folder, 'log');
    symlinkSync('/dev/full', file);
    const { sink, told } = sinkTo(file, 100);
    for (let i = 0; i < 20; i++) sink.write(`line ${i} .\n`);
    await eventually('it has tried twice', () => told.failed.length > 1);
    expect(new Set(told.failed)).to.deep.equal(new Set(['ENOSPC']));
    expect(told.dropped).to.be.above(0);
    rmSync(file);
    await eventually('it is written', () => told.written === 20 - told.dropped);
    expect(told.healed).to.equal(1);
    const kept = Array.from({ length: told.written }, (_, i) => `line ${i} .\n`);
    expect(readFileSync(file, 'utf8')).to.equal(kept.join(''));
  });

  it('waits for a folder that is not there', async () => {
    const { sink, told } = sinkTo(join(folder, 'sub', 'log'));
    sink.write('one\n');
    await eventually('it has failed', () => told.failed.includes('ENOENT'));
    mkdirSync(join(folder, 'sub'));
    await eventually('it is written', () => told.written === 1);
    expect(readFileSync(join(folder, 'sub', 'log'), 'utf8')).to.equal('one\n');
  });

  it('does not wait for who reads a pipe, and cuts no line', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { sink, told } = sinkTo(pipe, 200_000);
    sink.write('begin\n');
    await eventually('nobody reads it', () => told.failed.includes('ENXIO'));
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const before = Date.now();
    for (let i = 0; i < 20_000; i++) sink.write(`line ${i} ${'x'.repeat(i % 90)} end\n`);
    expect(Date.now() - before).to.be.below(5000);
    await eventually('the pipe is full', () => told.dropped > 0);
    let text = '';
    const piece = Buffer.alloc(65_536);
    await eventually('all that was kept has come', () => {
      try {
        text += piece.toString('utf8', 0, readSync(reader, piece));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
      return text.split('\n').length - 1 === 20_001 - told.dropped;
    });
    closeSync(reader);
    for (const line of text.split('\n').slice(1, -1)) expect(line).to.match(/^line \d+ x* end$/);
  });

  it('gives up what cannot be written when it is closed', async () => {
    const { sink, told } = sinkTo('/dev/full');
    sink.write('one\n');
    await sink.close(50);
    expect(told.written).to.equal(0);
  });

  it('writes what waits when it is closed', async () => {
    const file = join(folder, 'log');
    const { sink } = sinkTo(file);
    sink.write('last\n');
    await sink.close();
    expect(readFileSync(file, 'utf8')).to.equal('last\n');
  });
});
