import { expect } from 'chai';
import { NameIndex } from '../../src/model/name-index.ts';

describe('NameIndex', () => {
  const of = (index: NameIndex, key: string): readonly string[] => [...index.of(key)];

  it('has of each key the names that were added and not removed, each once', () => {
    const index = new NameIndex();
    for (const name of ['a', 'b', 'a', 'c', 'b']) index.add('x', name);
    index.add('y', 'a');
    index.add('y', 'a');
    expect([of(index, 'x'), of(index, 'y'), of(index, 'z')]).to.deep.equal([['a', 'b', 'c'], ['a'], []]);
    index.remove('x', 'b');
    index.remove('y', 'b');
    index.remove('z', 'b');
    expect([of(index, 'x'), of(index, 'y')]).to.deep.equal([['a', 'c'], ['a']]);
  });

  it('forgets keys without names', () => {
    const index = new NameIndex();
    index.add('one', 'a');
    index.add('two', 'a');
    index.add('two', 'b');
    index.add('stays', 'a');
    index.remove('one', 'a');
    index.remove('two', 'a');
    expect([...index.keys()]).to.deep.equal(['two', 'stays']);
    index.remove('two', 'b');
    expect([...index.keys()]).to.deep.equal(['stays']);
  });
});
