import { expect } from 'chai';
import { WantedObjects } from '../../../src/sources/kube/wanted.ts';

describe('wanted objects', () => {
  let log: string[];
  let wanted: WantedObjects;

  beforeEach(() => {
    log = [];
    wanted = new WantedObjects(({ namespace, name }, signal, unwanted) => {
      log.push(`+${namespace}/${name}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      AbortSignal.any([signal, unwanted]).addEventListener('abort', () => {
        log.push(`${unwanted.aborted ? '-' : '='}${namespace}/${name}`);
        resolve();
      });
      return promise;
    });
  });

  it('are followed from the start of the source, begun and ended by difference, and kept at its end', async () => {
    wanted.want(new Set(['a/x']));
    expect(log).to.deep.equal([]);
    const stop = new AbortController();
    const running = wanted.run(stop.signal);
    expect(log.splice(0)).to.deep.equal(['+a/x']);
    wanted.want(new Set(['a/x', 'a/y', 'nonsense', '/z']));
    expect(log.splice(0)).to.deep.equal(['+a/y']);
    wanted.want(new Set(['a/y']));
    expect(log.splice(0)).to.deep.equal(['-a/x']);
    stop.abort();
    await running;
    expect(log.splice(0)).to.deep.equal(['=a/y']);
    wanted.want(new Set(['b/z']));
    expect(log).to.deep.equal([]);
  });
});
