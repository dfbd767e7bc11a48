import { expect } from 'chai';
import { SnapshotCell } from '../../src/runtime/cell.ts';

const resource = (name: string, closed: string[]): { close(): void } => ({
  close: () => void closed.push(name),
});

describe('SnapshotCell', () => {
  it('gives a request the snapshot in which it began until it ends', () => {
    const cell = new SnapshotCell('one');
    const early = cell.enter();
    cell.swap('two', []);
    expect(early.snapshot).to.equal('one');
    expect(cell.enter().snapshot).to.equal('two');
    expect(cell.current).to.equal('two');
  });

  it('closes what a swap dropped at once when nobody uses it', () => {
    const closed: string[] = [];
    const cell = new SnapshotCell(1);
    cell.swap(2, [resource('a', closed)]);
    expect(closed).to.deep.equal(['a']);
    expect(cell.waiting).to.equal(0);
  });

  it('keeps it open for the last request of that generation', () => {
    const closed: string[] = [];
    const cell = new SnapshotCell(1);
    const first = cell.enter();
    const second = cell.enter();
    cell.swap(2, [resource('a', closed)]);
    cell.leave(first);
    expect(closed).to.deep.equal([]);
    cell.leave(second);
    expect(closed).to.deep.equal(['a']);
  });

  it('keeps it open for requests of older generations, which may use it too', () => {
    const closed: string[] = [];
    const cell = new SnapshotCell(1);
    const oldest = cell.enter();
    cell.swap(2, []);
    const middle = cell.enter();
    cell.swap(3, [resource('dropped by 3', closed)]);
    cell.leave(middle);
    expect(closed).to.deep.equal([]);
    expect(cell.waiting).to.equal(2);
    cell.leave(oldest);
    expect(closed).to.deep.equal(['dropped by 3']);
    expect(cell.waiting).to.equal(0);
  });

  it('does not close anything when a request of the current generation ends', () => {
    const closed: string[] = [];
    const cell = new SnapshotCell(1);
    cell.leave(cell.enter());
    cell.swap(2, [resource('a', closed)]);
    cell.leave(cell.enter());
    expect(closed).to.deep.equal(['a']);
  });
});
