import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LogOutput } from '../../src/telemetry/log-output.ts';
import { eventually } from '../support/wait.ts';

describe('where the log goes', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'loom-log-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is written at once', () => {
    const path = join(folder, 'log');
    const fd = openSync(path, 'a');
    const output = new LogOutput(fd);
    output.write('one\n');
    output.write('two\n');
    expect(readFileSync(path, 'utf8')).to.equal('one\ntwo\n');
    closeSync(fd);
  });

  it('waits for nobody: a pipe that is full takes the lines later, and what was too much is told', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const output = new LogOutput(fd);
    const line = `${'x'.repeat(999)}\n`;
    for (let i = 0; i < 1000; i++) output.write(line);
    let text = '';
    const bytes = Buffer.alloc(65_536);
    await eventually('all has come', () => {
      try {
        text += bytes.toString('utf8', 0, readSync(fd, bytes));
      } catch {
        // Nothing is there at the moment.
      }
      return text.includes('lines of the log were lost');
    });
    const lines = text.split('\n').slice(0, -1);
    const lost = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
    const whole = lines.filter((one) => one.length === 999).length;
    expect(whole + Number(lost['lines'])).to.equal(1000);
    expect(whole).to.be.above(262);
    output.write('after\n');
    expect(bytes.toString('utf8', 0, readSync(fd, bytes))).to.equal('after\n');
    closeSync(fd);
  });

  it('outlives a disk that is full', async function () {
    let fd = -1;
    try {
      fd = openSync('/dev/full', 'w');
      writeSync(fd, 'x');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') this.skip();
    }
    const output = new LogOutput(fd);
    output.write('lost\n');
    // It stays open: the line is tried again for ever, and would go to whatever gets the number next.
  });
});
