import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { hostFunction, registry } from '../../../src/wasm/host/registry.ts';

describe('registry of host functions', () => {
  it('has the rows of docs/proxy-wasm.md, in their order', () => {
    const text = readFileSync('docs/proxy-wasm.md', 'utf8');
    const rows = [...text.matchAll(/^\| `(\w+)` \| (\S+) \|([\w ,]*)\| (yes|not yet) \|$/gm)].map(
      ([, name, since, grants, state]) => [name, since, grants?.trim(), state],
    );
    expect(rows).to.deep.equal(
      registry.map(({ name, since, needs = [], run }) => [
        name,
        since,
        [...new Set([needs].flat())].join(', '),
        run ? 'yes' : 'not yet',
      ]),
    );
  });

  it('has no function twice', () => {
    expect(new Set(registry.map(({ module, name }) => `${module}.${name}`)).size).to.equal(registry.length);
  });

  it('gives each function at most as many parameters as the ABI, and no more than the guard passes on', () => {
    for (const { name, params, run } of registry) {
      expect(params, name).to.match(/^[iI]{0,12}$/);
      if (run) expect(run.length, name).to.be.at.most(params.length + 1);
    }
  });

  it('knows WASI by its older name too', () => {
    expect(hostFunction('wasi_unstable', 'fd_write')).to.equal(
      hostFunction('wasi_snapshot_preview1', 'fd_write'),
    );
    expect(hostFunction('env', 'fd_write')).to.equal(undefined);
  });
});
