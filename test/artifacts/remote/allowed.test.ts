import { expect } from 'chai';
import { checkAllowed } from '../../../src/artifacts/remote/allowed.ts';

describe('the list of places that plugins may come from', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['registry.example.com', 'registry.example.com/team/p', true],
    ['registry.example.com', 'REGISTRY.example.com:443/team/p', true],
    ['registry.example.com', 'registry.example.com:5000/team/p', false],
    ['registry.example.com', 'registry.example.com.evil.org/team/p', false],
    ['registry.example.com/team', 'registry.example.com/team/p', true],
    ['registry.example.com/team', 'registry.example.com/team', true],
    ['registry.example.com/team', 'registry.example.com/team2/p', false],
    ['*.example.com', 'a.b.example.com/p', true],
    ['*.example.com', 'example.com/p', false],
    ['*.example.com', 'evilexample.com/p', false],
    ['other.example.com', 'registry.example.com/p', false],
  ];
  for (const [pattern, place, isAllowed] of cases) {
    it(`${pattern} ${isAllowed ? 'permits' : 'does not permit'} ${place}`, () => {
      const check = (): void => checkAllowed([pattern], place);
      if (isAllowed) check();
      else expect(check).to.throw('is not among the places that plugins may come from');
    });
  }

  it('permits everything when it is empty', () => checkAllowed([], 'anything/at/all'));
});
