import { expect } from 'chai';
import { StatusBoard } from '../../src/app/status-board.ts';
import type { Diagnostic } from '../../src/runtime/messages.ts';
import { accepted, resolved, type Verdict } from '../../src/sources/translate/verdict.ts';

const verdict = (id: string): Verdict => ({
  object: { apiVersion: 'v1', kind: 'LoomRoute', metadata: { name: id } },
  id,
  served: true,
  accepted,
  resolvedRefs: resolved,
  problems: [],
  warnings: [],
});
const none = { plugins: new Map(), diagnostics: [], routes: new Map() };
const keys = (...ids: readonly string[]): Set<string> => new Set(ids.map((id) => `LoomRoute:${id}`));

describe('StatusBoard', () => {
  it('makes the statuses anew that are asked for, and forgets those of what is gone', () => {
    const board = new StatusBoard();
    const verdicts = new Map(['a', 'b'].map((id) => [`LoomRoute:${id}`, verdict(id)]));
    expect([...(board.update({ ...none, verdicts }, keys('a', 'b')) ?? [])]).to.have.length(2);
    const before = board.statuses.get('LoomRoute:a');
    verdicts.set('LoomRoute:b', verdict('b'));
    verdicts.delete('LoomRoute:a');
    expect([...(board.update({ ...none, verdicts }, keys('b')) ?? [])]).to.deep.equal(['LoomRoute:b']);
    expect(board.statuses.get('LoomRoute:a'), 'nobody said that it is gone').to.equal(before);
    board.update({ ...none, verdicts }, keys('a'));
    expect([...board.statuses.keys()]).to.deep.equal(['LoomRoute:b']);
  });

  it('makes all anew when workers have found something', () => {
    const board = new StatusBoard();
    const verdicts = new Map(['a', 'b'].map((id) => [`LoomRoute:${id}`, verdict(id)]));
    board.update({ ...none, verdicts }, keys('a', 'b'));
    const diagnostics: Diagnostic[] = [{ kind: 'LoomRoute', id: 'a', reason: 'Bad', message: 'bad' }];
    expect(board.update({ ...none, verdicts, diagnostics }, keys())).to.equal(undefined);
    const programmed = board.statuses
      .get('LoomRoute:a')
      ?.conditions.find(({ type }) => type === 'Programmed');
    expect(programmed).to.include({ status: 'False', reason: 'Bad' });
    expect(board.update({ ...none, verdicts, diagnostics: [...diagnostics] }, keys())?.size).to.equal(0);
  });
});
