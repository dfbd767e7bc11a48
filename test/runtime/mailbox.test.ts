import { expect } from 'chai';
import { Inbox, Outbox } from '../../src/runtime/mailbox.ts';
import type { EndpointChange } from '../../src/runtime/messages.ts';

const change = (upstream: string): EndpointChange => ({ upstream, endpoints: [] });

describe('a mailbox', () => {
  let outbox: Outbox;
  let inbox: Inbox;

  beforeEach(() => {
    outbox = new Outbox();
    inbox = new Inbox(outbox.mailbox);
  });
  afterEach(() => outbox.close());
  const taken = (revision: number): readonly string[] => inbox.take(revision).map(({ upstream }) => upstream);

  it('has what was posted at once, the oldest first, and once', () => {
    expect(outbox.hasUnread).to.equal(false);
    outbox.post({ after: 1, changes: [change('a'), change('b')] });
    outbox.post({ after: 1, changes: [change('c')] });
    expect(outbox.hasUnread).to.equal(true);
    expect(taken(1)).to.deep.equal(['a', 'b', 'c']);
    expect(outbox.hasUnread).to.equal(false);
    expect(taken(1)).to.deep.equal([]);
  });

  it('holds what is newer than a revision on its way until that has come', () => {
    outbox.post({ after: 1, changes: [change('a')] });
    outbox.post({ after: 2, changes: [change('b')] });
    expect(taken(1)).to.deep.equal(['a']);
    expect(outbox.hasUnread, 'it lies there').to.equal(false);
    outbox.post({ after: 3, changes: [change('c')] });
    expect(taken(1)).to.deep.equal([]);
    expect(taken(2)).to.deep.equal(['b']);
    expect(taken(3)).to.deep.equal(['c']);
  });
});
