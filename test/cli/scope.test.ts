import { expect } from 'chai';
import { UsageError } from '../../src/cli/command.ts';
import { namespacesOf, scopeOf } from '../../src/cli/scope.ts';

describe('the options for which objects', () => {
  it('are namespaces by name, by label, or all', () => {
    expect(namespacesOf({})).to.deep.equal({ namespaces: [] });
    expect(namespacesOf({ namespaces: 'a,b' })).to.deep.equal({ namespaces: ['a', 'b'] });
    expect(namespacesOf({ 'namespace-selector': 'loom.dev/watch=true' })).to.deep.equal({
      namespaces: [],
      namespaceSelector: 'loom.dev/watch=true',
    });
  });

  for (const [title, made, message] of [
    [
      'both',
      () => namespacesOf({ namespaces: 'a', 'namespace-selector': 'a=b' }),
      'takes one of --namespaces and --namespace-selector',
    ],
    ['what is no selector', () => namespacesOf({ 'namespace-selector': 'a=(b' }), 'a=(b'],
    ['what is no selector of objects', () => scopeOf({ selector: 'a=(b' }), 'a=(b'],
    ['a default class without a class', () => scopeOf({ 'default-class': true }), '--class'],
  ] as const)
    it(`refuse ${title}`, () => expect(made).to.throw(UsageError, message));
});
