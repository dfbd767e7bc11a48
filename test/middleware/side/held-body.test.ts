import { expect } from 'chai';
import type { BodySink, BodySource } from '../../../src/http/body.ts';
import { HeaderList } from '../../../src/http/headers.ts';
import { hold, HeldBody } from '../../../src/middleware/side/held-body.ts';

/** A body whose pieces are pushed by hand. */
function pushed() {
  const seen: { sink?: BodySink; cancelled?: Error } = {};
  const source: BodySource = {
    length: undefined,
    start: (sink) => void (seen.sink = sink),
    resume: () => undefined,
    cancel: (reason) => void (seen.cancelled = reason),
  };
  return { source, seen };
}

describe('a held body', () => {
  it('is all that has come, trailers too, and can be read again', async () => {
    const { source, seen } = pushed();
    const held = hold(source, 6);
    seen.sink?.data(Buffer.from('one'));
    seen.sink?.data(Buffer.from('two'));
    seen.sink?.end(new HeaderList(['x-sum', '1']));
    const body = await held;
    for (let i = 0; i < 2; i++) {
      const got: unknown[] = [];
      body?.start({
        data: (piece) => got.push(piece.toString()) > 0,
        end: (trailers) => void got.push(trailers?.flat),
        fail: (error) => void got.push(error),
      });
      expect(got).to.deep.equal(['onetwo', ['x-sum', '1']]);
    }
  });

  it('lets go of what is longer', async () => {
    const { source, seen } = pushed();
    const held = hold(source, 3);
    seen.sink?.data(Buffer.from('four'));
    expect(await held).to.equal(undefined);
    expect(seen.cancelled?.message).to.equal('longer than 3 bytes');
  });

  it('fails with what the body fails with', async () => {
    const { source, seen } = pushed();
    const held = hold(source, 3).catch((error: Error) => error.message);
    seen.sink?.fail(new Error('gone'));
    expect(await held).to.equal('gone');
  });

  it('waits for a reader that asks it to', () => {
    const got: string[] = [];
    const body = new HeldBody(Buffer.from('a'));
    body.start({
      data: (piece) => got.push(piece.toString()) < 0,
      end: () => void got.push('end'),
      fail: () => undefined,
    });
    expect(got).to.deep.equal(['a']);
    body.resume();
    expect(got).to.deep.equal(['a', 'end']);
  });
});
