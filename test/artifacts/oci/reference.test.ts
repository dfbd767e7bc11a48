import { expect } from 'chai';
import { formatReference, parseReference } from '../../../src/artifacts/oci/reference.ts';

const hex = 'a'.repeat(64);

describe('parseReference', () => {
  const good: readonly (readonly [string, string, string, string])[] = [
    ['registry.example.com/plugin', 'registry.example.com', 'plugin', ':latest'],
    ['oci://registry.example.com/team/plugin:1.2', 'registry.example.com', 'team/plugin', ':1.2'],
    ['registry:5000/a/b_c/d--e:V_1', 'registry:5000', 'a/b_c/d--e', ':V_1'],
    ['localhost/plugin:1', 'localhost', 'plugin', ':1'],
    ['[::1]:5000/plugin:1', '[::1]:5000', 'plugin', ':1'],
    [`registry.example.com/plugin@sha256:${hex}`, 'registry.example.com', 'plugin', `@sha256:${hex}`],
    [`registry.example.com/plugin:1@sha256:${hex}`, 'registry.example.com', 'plugin', `@sha256:${hex}`],
  ];
  for (const [text, registry, repository, version] of good) {
    it(`understands ${text}`, () => {
      const reference = parseReference(text);
      expect(reference).to.include({ registry, repository });
      expect(formatReference(reference)).to.equal(`${registry}/${repository}${version}`);
    });
  }

  for (const text of [
    'plugin',
    'team/plugin',
    'registry.example.com/',
    'registry.example.com/Plugin',
    'a.b/c:',
    `a.b/c@sha256:${'A'.repeat(64)}`,
    'a.b//c',
    'a.b/c/../d',
  ]) {
    it(`refuses ${text}`, () => {
      expect(() => parseReference(text)).to.throw('is not the name of an image with its registry');
    });
  }
});
