import { expect } from 'chai';
import { internState } from '../../../src/sources/kube/intern.ts';

describe('the state of an endpoint', () => {
  const states = [
    {},
    { ready: true },
    { ready: false },
    { serving: true, terminating: true },
    { ready: true, serving: true, terminating: false },
  ];
  for (const state of states) {
    it(`is one object for all that are ${JSON.stringify(state)}`, () => {
      expect(internState({ ...state })).to.deep.equal(state);
      expect(internState({ ...state })).to.equal(internState({ ...state }));
    });
  }
});
