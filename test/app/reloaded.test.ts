import { expect } from 'chai';
import { Reloaded } from '../../src/app/reloaded.ts';
import { plugin } from '../wasm/world.ts';

describe('reloaded plugins', () => {
  const loaded = new Map([
    ['p', plugin],
    ['q', { ...plugin }],
  ]);

  it('changes nothing while nothing is reloaded', () =>
    expect(new Reloaded().renew(loaded)).to.equal(loaded));

  it('gives a plugin another identity once for each time that it is asked', () => {
    const reloaded = new Reloaded();
    reloaded.add('p');
    const first = reloaded.renew(loaded).get('p');
    expect(first).to.deep.equal(plugin);
    expect(first === plugin).to.equal(false);
    expect(reloaded.renew(loaded).get('p')).to.equal(first);
    expect(reloaded.renew(loaded).get('q')).to.equal(loaded.get('q'));
    reloaded.add('p');
    expect(reloaded.renew(loaded).get('p') === first).to.equal(false);
  });

  it('forgets a plugin that changes or goes', () => {
    const reloaded = new Reloaded();
    reloaded.add('p');
    reloaded.renew(loaded);
    const next = new Map([['p', { ...plugin, version: 2 }]]);
    expect(reloaded.renew(next)).to.deep.equal(next);
    expect(reloaded.renew(loaded)).to.equal(loaded);
    reloaded.add('gone');
    expect(reloaded.renew(loaded)).to.equal(loaded);
  });
});
