import { expect } from 'chai';
import { WantedWatches } from '../../../src/sources/kube/wanted.ts';

describe('wanted watches', () => {
  let log: string[];
  let wanted: WantedWatches;

  beforeEach(() => {
    log = [];
    wanted = new WantedWatches((key, signal, unwanted) => {
      log.push(`+${key}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      AbortSignal.any([signal, unwanted]).addEventListener('abort', () => {
        log.push(`${unwanted.aborted ? '-' : '='}${key}`);
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
    wanted.want(new Set(['a/x', 'a/y']));
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
