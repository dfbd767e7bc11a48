import { expect } from 'chai';
import { loom } from './program.ts';

describe('loom operator', () => {
  for (const [option, file] of [
    ['--config', '/nowhere/loom.yaml'],
    ['--kubeconfig', '/nowhere/kubeconfig'],
  ] as const) {
    it(`ends with 1 and names the file that ${option} names and that is not there`, async () => {
      const { code, stderr } = await loom('operator', option, file);
      expect(code).to.equal(1);
      expect(stderr)
        .to.match(/^loom operator: /)
        .and.include(file);
    });
  }
});
