import { expect } from 'chai';
import { WantedSecrets } from '../../../src/sources/kube/secrets.ts';

describe('wanted Secrets', () => {
  let log: string[];
  let secrets: WantedSecrets;

  beforeEach(() => {
    log = [];
    secrets = new WantedSecrets(({ namespace, name }, signal, unwanted) => {
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
    secrets.want(new Set(['a/x']));
    expect(log).to.deep.equal([]);
    const stop = new AbortController();
    const running = secrets.run(stop.signal);
    expect(log.splice(0)).to.deep.equal(['+a/x']);
    secrets.want(new Set(['a/x', 'a/y', 'nonsense', '/z']));
    expect(log.splice(0)).to.deep.equal(['+a/y']);
    secrets.want(new Set(['a/y']));
    expect(log.splice(0)).to.deep.equal(['-a/x']);
    stop.abort();
    await running;
    expect(log.splice(0)).to.deep.equal(['=a/y']);
    secrets.want(new Set(['b/z']));
    expect(log).to.deep.equal([]);
  });
});
