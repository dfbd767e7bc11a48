import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { collectGarbage, isLarge } from '../../src/runtime/collect-garbage.ts';
import { diffModels, emptyModel } from '../../src/runtime/delta.ts';
import { route } from '../compile/world.ts';

describe('collectGarbage', () => {
  it('gives back what nobody holds any more', async () => {
    let held: unknown[] | undefined = Array.from({ length: 200_000 }, (_, i) => ({ i }));
    const weak = new WeakRef(held);
    expect(held.length).to.equal(200_000);
    held = undefined;
    // A WeakRef is strong until the turn ends in which it was made.
    await new Promise((resolve) => setImmediate(resolve));
    await collectGarbage();
    expect(weak.deref()).to.equal(undefined);
    expect(globalThis).not.to.have.property('gc');
  });

  it('is done by several threads at once', async () => {
    const entry = new URL('../../src/runtime/collect-garbage.ts', import.meta.url).href;
    const code = `import(${JSON.stringify(entry)}).then(async ({ collectGarbage }) => {
      for (let i = 0; i < 100; i++) await collectGarbage();
    })`;
    const ended = Array.from({ length: 3 }, async () => once(new Worker(code, { eval: true }), 'exit'));
    expect(await Promise.all(ended)).to.deep.equal([[0], [0], [0]]);
  });

  it('is for configurations that leave much behind', () => {
    const routes = (count: number) =>
      new Map(Array.from({ length: count }, (_, i) => [`r${i}`, route(`r${i}`, 'a.test')]));
    const large = (count: number): boolean =>
      isLarge(diffModels(emptyModel, { ...emptyModel, routes: routes(count) }));
    expect([large(999), large(1000)]).to.deep.equal([false, true]);
  });
});
