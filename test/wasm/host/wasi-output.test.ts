import { expect } from 'chai';
import { errno } from '../../../src/wasm/abi/status.ts';
import { caller, type Caller } from './caller.ts';

/** Writes pieces in one call; gives what the guest is told. */
function write(calls: Caller, fd: number, ...pieces: readonly string[]): number {
  const memory = Buffer.from(calls.memory.buffer);
  let at = 0x400;
  for (const [i, piece] of pieces.entries()) {
    memory.writeUInt32LE(at, 0x100 + i * 8);
    memory.writeUInt32LE(memory.write(piece, at), 0x104 + i * 8);
    at += Buffer.byteLength(piece);
  }
  expect(calls.raw('fd_write', fd, 0x100, pieces.length, 0x80)).to.equal(errno.success);
  return memory.readUInt32LE(0x80);
}

const said = ({ world }: Caller) => world.records.map(({ level, text }) => [level, text]);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('stdout and stderr of a plugin', () => {
  it('are lines of its log, at info and at error', () => {
    const calls = caller();
    expect(write(calls, 1, 'one, ', 'two\n')).to.equal(9);
    expect(write(calls, 2, 'three\nfour\n')).to.equal(11);
    expect(said(calls)).to.deep.equal([
      [30, 'one, two'],
      [50, 'three\nfour'],
    ]);
  });

  it('are put together from pieces, each apart', () => {
    const calls = caller();
    write(calls, 2, 'panic: ');
    write(calls, 1, 'at ');
    write(calls, 2, 'nil map');
    expect(said(calls)).to.deep.equal([]);
    write(calls, 2, '\ngoroutine ');
    write(calls, 1, 'work\n');
    write(calls, 2, '1\n');
    expect(said(calls)).to.deep.equal([
      [50, 'panic: nil map'],
      [30, 'at work'],
      [50, 'goroutine 1'],
    ]);
  });

  it('lose nothing that does not end its line', async () => {
    const calls = caller();
    write(calls, 1, 'a');
    write(calls, 2, 'b');
    await turn();
    write(calls, 1, 'c');
    await turn();
    expect(said(calls)).to.deep.equal([
      [30, 'a'],
      [50, 'b'],
      [30, 'c'],
    ]);
  });

  it('are cut where a line does not end', () => {
    const calls = caller();
    for (let i = 0; i < 9; i++) write(calls, 1, 'x'.repeat(2000));
    expect(said(calls)).to.deep.equal([[30, 'x'.repeat(18_000)]]);
    expect(write(calls, 1, 'y'.repeat(40_000))).to.equal(40_000);
  });

  it('are nothing where nothing is written', async () => {
    const calls = caller();
    write(calls, 1, '');
    write(calls, 1, '\n');
    expect(calls.raw('fd_write', 3, 0x100, 1, 0x80)).to.equal(errno.badf);
    await turn();
    expect(said(calls)).to.deep.equal([]);
  });
});
