import { expect } from 'chai';
import { controlThread, SharedLock } from '../../../src/wasm/shared/lock.ts';

describe('SharedLock', () => {
  let cells: Int32Array;

  beforeEach(() => {
    cells = new Int32Array(new SharedArrayBuffer(4));
  });

  it('says who holds it', () => {
    const lock = new SharedLock(cells, 0, 3);
    lock.lock();
    expect([lock.heldBy(3), lock.heldBy(controlThread), lock.heldBy(2)]).to.deep.equal([true, false, false]);
    lock.unlock();
    expect(lock.heldBy(3)).to.equal(false);
  });

  it('does not wait for itself: a call that was cut could not unlock', () => {
    const lock = new SharedLock(cells, 0, 3);
    lock.lock();
    lock.lock();
    lock.unlock();
    expect(lock.heldBy(3)).to.equal(false);
  });
});
