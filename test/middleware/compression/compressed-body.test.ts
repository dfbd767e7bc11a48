import { randomBytes } from 'node:crypto';
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { expect } from 'chai';
import type { BodySink, BodySource } from '../../../src/http/body.ts';
import { HeaderList } from '../../../src/http/headers.ts';
import { CompressedBody } from '../../../src/middleware/compression/compressed-body.ts';
import { eventually } from '../../support/wait.ts';

const decoders = { br: createBrotliDecompress, gzip: createGunzip, zstd: createZstdDecompress } as const;

/** A source whose pieces are pushed by hand. */
class Pushed implements BodySource {
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
}

class Kept implements BodySink {
  readonly pieces: Buffer[] = [];
  open = true;
  ended: { readonly trailers: HeaderList | undefined } | undefined;
  failed: Error | undefined;

  data(piece: Buffer): boolean {
    this.pieces.push(piece);
    return this.open;
  }

  end(trailers?: HeaderList): void {
    this.ended = { trailers };
  }

  fail(error: Error): void {
    this.failed = error;
  }

  get bytes(): number {
    return this.pieces.reduce((sum, { length }) => sum + length, 0);
  }
}

for (const coding of ['br', 'gzip', 'zstd'] as const) {
  describe(`CompressedBody in ${coding}`, () => {
    const start = (): { source: Pushed; body: CompressedBody; sink: Kept } => {
      const source = new Pushed();
      const body = new CompressedBody(source, coding);
      const sink = new Kept();
      body.start(sink);
      return { source, body, sink };
    };

    it('lets each piece out before the next has come', async () => {
      const { source, sink } = start();
      const decoder = decoders[coding]();
      let out = '';
      decoder.on('data', (piece: Buffer) => (out += piece.toString()));
      let fed = 0;
      for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
        const before = out;
        source.sink?.data(Buffer.from(event));
        await eventually(`${event.trim()} is out`, () => {
          for (; fed < sink.pieces.length; fed++) decoder.write(sink.pieces[fed]);
          return out === before + event;
        });
      }
    });

    it('ends with the end of the source and its trailers', async () => {
      const { source, sink } = start();
      source.sink?.data(Buffer.from('all'));
      const trailers = new HeaderList(['x-sum', '3']);
      source.sink?.end(trailers);
      await eventually('it has ended', () => sink.ended !== undefined);
      expect(sink.ended?.trailers).to.equal(trailers);
    });

    it('holds no more than a few pieces for a reader that is slow, and goes on with it', async () => {
      const { source, body, sink } = start();
      sink.open = false;
      const piece = randomBytes(64 << 10);
      let pushed = 0;
      let room = true;
      while (room && pushed < 100) {
        room = source.sink?.data(piece) ?? false;
        pushed++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(pushed).to.be.below(20);
      expect(sink.bytes).to.be.below(20 * piece.length);
      sink.open = true;
      body.resume();
      await eventually('the source may go on', () => source.resumed > 0);
      source.sink?.end();
      await eventually('all is out', () => sink.ended !== undefined);
      expect(sink.bytes).to.be.at.least(pushed * piece.length);
    });

    it('passes a failure of the source on, once', async () => {
      const { source, sink } = start();
      const error = new Error('cut');
      source.sink?.data(Buffer.from('half'));
      source.sink?.fail(error);
      expect(sink.failed).to.equal(error);
      await new Promise((resolve) => setImmediate(resolve));
      expect(sink.ended).to.equal(undefined);
    });

    it('tells the source that nobody reads any more', () => {
      const { source, body } = start();
      const reason = new Error('gone');
      body.cancel(reason);
      expect(source.cancelled).to.equal(reason);
    });
  });
}
