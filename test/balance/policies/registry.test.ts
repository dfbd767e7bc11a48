import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { policies } from '../../../src/balance/policies/registry.ts';

describe('the registry of policies', () => {
  it('has every file of the folder under a name of its own', () => {
    const files = readdirSync(new URL('../../../src/balance/policies/', import.meta.url))
      .filter((file) => !['policy.ts', 'registry.ts'].includes(file))
      .map((file) => file.replace('.ts', '').replaceAll('-', '_'));
    const names = Object.values(policies).map(({ name }) => name);
    expect(names.toSorted()).to.deep.equal(files.toSorted());
  });
});
