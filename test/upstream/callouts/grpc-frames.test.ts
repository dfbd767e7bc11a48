import { expect } from 'chai';
import { grpcFrame, GrpcFrames } from '../../../src/upstream/callouts/grpc-frames.ts';

describe('gRPC messages', () => {
  const texts = ['one', '', 'a longer one', 'x'.repeat(300)];
  const bytes = Buffer.concat(texts.map((text) => grpcFrame(Buffer.from(text))));

  for (const size of [1, 2, 5, 7, 100, bytes.length]) {
    it(`are whole when they come in pieces of ${size}`, () => {
      const frames = new GrpcFrames(1000);
      const got: string[] = [];
      for (let at = 0; at < bytes.length; at += size)
        for (const message of frames.push(bytes.subarray(at, at + size))) got.push(message.toString());
      expect(got).to.deep.equal(texts);
      expect(frames.whole).to.equal(true);
    });
  }

  it('are not whole in between', () => {
    const frames = new GrpcFrames(1000);
    frames.push(bytes.subarray(0, 3));
    expect(frames.whole).to.equal(false);
    frames.push(bytes.subarray(3, 6));
    expect(frames.whole).to.equal(false);
  });

  it('are refused when they are compressed or too large', () => {
    expect(() => new GrpcFrames(10).push(Buffer.from([1, 0, 0, 0, 0]))).to.throw('compressed');
    expect(() => new GrpcFrames(10).push(Buffer.from([0, 0, 0, 0, 11]))).to.throw('too large');
  });
});
