import { expect } from 'chai';
import type { BodySink, BodySource } from '../../../src/http/body.ts';
import { TeeBody } from '../../../src/middleware/mirror/tee-body.ts';

/** What the upstream gets and what is kept, of pieces that are pushed by hand. */
function tee(maxBytes: number) {
  const seen = { bytes: '', ended: false, failed: false, cancelled: false, resumed: 0 };
  const copies: (string | undefined)[] = [];
  const source: BodySource = {
    length: undefined,
    start: () => undefined,
    resume: () => void seen.resumed++,
    cancel: () => (seen.cancelled = true),
  };
  const body = new TeeBody(source, maxBytes, (copy) => copies.push(copy?.toString()));
  const sink: BodySink = {
    data: (piece) => {
      seen.bytes += piece.toString();
      return false;
    },
    end: () => (seen.ended = true),
    fail: () => (seen.failed = true),
  };
  body.start(sink);
  return { body, seen, copies };
}

describe('TeeBody', () => {
  it('passes everything on, asks for pauses as its reader does, and gives a copy at the end', () => {
    const { body, seen, copies } = tee(100);
    expect(body.data(Buffer.from('one '))).to.equal(false);
    const lent = Buffer.from('two');
    expect(body.lend(lent)).to.equal(false);
    lent.fill('x');
    expect(copies).to.deep.equal([]);
    body.resume();
    body.end();
    expect(seen).to.deep.equal({
      bytes: 'one two',
      ended: true,
      failed: false,
      cancelled: false,
      resumed: 1,
    });
    expect(copies).to.deep.equal(['one two']);
  });

  it('keeps nothing of what is too large, and says so once', () => {
    const { body, seen, copies } = tee(5);
    body.data(Buffer.from('12345'));
    expect(copies).to.deep.equal([]);
    body.data(Buffer.from('6'));
    body.data(Buffer.from('7'));
    body.end();
    expect(copies).to.deep.equal([undefined]);
    expect(seen).to.include({ bytes: '1234567', ended: true });
  });

  it('has no copy of what does not come to its end', () => {
    const failing = tee(100);
    failing.body.data(Buffer.from('half'));
    failing.body.fail(new Error('cut'));
    expect([failing.copies, failing.seen.failed]).to.deep.equal([[undefined], true]);
    const cancelled = tee(100);
    cancelled.body.data(Buffer.from('half'));
    cancelled.body.cancel(new Error('enough'));
    expect([cancelled.copies, cancelled.seen.cancelled]).to.deep.equal([[undefined], true]);
  });
});
