import { expect } from 'chai';
import { FirstFetches } from '../../src/app/first-fetches.ts';

describe('FirstFetches', () => {
  it('waits for the plugins of a new process, and never again when they were there', () => {
    let fetching = ['a', 'b'];
    const first = new FirstFetches(() => fetching);
    expect(first.waitingFor()).to.deep.equal(['a', 'b']);
    fetching = ['b'];
    expect(first.waitingFor()).to.deep.equal(['b']);
    fetching = [];
    expect(first.waitingFor()).to.deep.equal([]);
    fetching = ['c'];
    expect(first.waitingFor()).to.deep.equal([]);
  });
});
