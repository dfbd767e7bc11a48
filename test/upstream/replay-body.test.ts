import { expect } from 'chai';
import type { BodySink, BodySource } from '../../src/http/body.ts';
import { ReplayBody } from '../../src/upstream/replay-body.ts';

/** A source that the test moves by hand. */
class Hand implements BodySource {
  readonly length = undefined;
  sink: BodySink | undefined;
  resumed = 0;
  cancelled: Error | undefined;
  start(sink: BodySink): void {
    this.sink = sink;
  }
  resume(): void {
    this.resumed++;
  }
  cancel(reason: Error): void {
    this.cancelled = reason;
  }
  say(text: string): boolean {
    return this.sink?.data(Buffer.from(text)) ?? false;
  }
}

class Reader implements BodySink {
  text = '';
  ended = false;
  failure: Error | undefined;
  wants = true;
  data(chunk: Buffer): boolean {
    this.text += chunk.toString();
    return this.wants;
  }
  end(): void {
    this.ended = true;
  }
  fail(error: Error): void {
    this.failure = error;
  }
}

describe('ReplayBody', () => {
  let source: Hand;
  let body: ReplayBody;
  const read = (): Reader => {
    const reader = new Reader();
    body.start(reader);
    return reader;
  };
  beforeEach(() => {
    source = new Hand();
    body = new ReplayBody(source, 10);
  });

  it('gives a second reader what the first has had, and then what follows', () => {
    const first = read();
    expect(source.say('abc')).to.equal(true);
    body.cancel(new Error('the try failed'));
    const second = read();
    source.say('def');
    source.sink?.end();
    expect([first.text, first.ended]).to.deep.equal(['abc', false]);
    expect([second.text, second.ended]).to.deep.equal(['abcdef', true]);
    expect(source.cancelled).to.equal(undefined);
  });

  it('keeps what comes between two readers, and asks for a pause', () => {
    read();
    source.say('abc');
    body.cancel(new Error('the try failed'));
    expect(source.say('def')).to.equal(false);
    source.sink?.end();
    const second = read();
    expect([second.text, second.ended]).to.deep.equal(['abcdef', true]);
  });

  it('gives each reader as much as it wants', () => {
    read();
    source.say('a');
    source.say('b');
    body.cancel(new Error('the try failed'));
    const second = new Reader();
    second.wants = false;
    body.start(second);
    expect(second.text).to.equal('a');
    expect(source.say('c')).to.equal(false);
    body.resume();
    expect(second.text).to.equal('ab');
    second.wants = true;
    body.resume();
    expect(second.text).to.equal('abc');
    expect(source.resumed).to.equal(1);
    source.sink?.end();
    expect(second.ended).to.equal(true);
  });

  it('cannot be read again when it is longer than its limit', () => {
    const reader = read();
    source.say('0123456789');
    expect(body.canReplay).to.equal(true);
    source.say('x');
    expect(body.canReplay).to.equal(false);
    source.say('y');
    expect(reader.text).to.equal('0123456789xy');
    const reason = new Error('the try failed');
    body.cancel(reason);
    expect(source.cancelled).to.equal(reason);
  });

  it('cannot be read again when its client has gone', () => {
    const reader = read();
    source.sink?.fail(new Error('gone'));
    expect(reader.failure?.message).to.equal('gone');
    expect(body.canReplay).to.equal(false);
  });

  it('loses nothing when it is released while a reader is behind', () => {
    read();
    source.say('a');
    source.say('b');
    body.cancel(new Error('the try failed'));
    const second = new Reader();
    second.wants = false;
    body.start(second);
    body.release();
    expect(source.say('c')).to.equal(false);
    second.wants = true;
    body.resume();
    source.say('d');
    expect(second.text).to.equal('abcd');
  });

  it('ends its source when nobody wants the rest', () => {
    read();
    source.say('a');
    const reason = new Error('no other try');
    body.cancel(new Error('the try failed'));
    body.release(reason);
    expect(source.cancelled).to.equal(reason);
  });
});
