import { frameTypes } from '../frames/types.ts';
import { integersFrame } from '../frames/write.ts';
import type { StreamEvents } from '../streams/stream-table.ts';
import { ControlFrame, type Outbox } from './outbox.ts';

/** Turns what streams want to be said into frames (RFC 9000 section 19). Each says what is true when it is sent. */
export function tableEvents(outbox: Outbox, rest: Pick<StreamEvents, 'opened' | 'ready'>): StreamEvents {
  const limits = { data: 0, bidi: 0, uni: 0 };
  const maxData = new ControlFrame(outbox, (writer) =>
    integersFrame(frameTypes.maxData, limits.data)(writer),
  );
  const maxBidi = new ControlFrame(outbox, (writer) =>
    integersFrame(frameTypes.maxStreamsBidi, limits.bidi)(writer),
  );
  const maxUni = new ControlFrame(outbox, (writer) =>
    integersFrame(frameTypes.maxStreamsUni, limits.uni)(writer),
  );
  return {
    ...rest,
    maxData: (limit) => {
      limits.data = limit;
      maxData.send();
    },
    maxStreams: (isUni, limit) => {
      limits[isUni ? 'uni' : 'bidi'] = limit;
      (isUni ? maxUni : maxBidi).send();
    },
    maxStreamData: ({ id, receiving }, limit) =>
      outbox.post(
        (writer) => integersFrame(frameTypes.maxStreamData, id, receiving?.limit ?? limit)(writer),
        {
          isStale: () => receiving?.isClosed ?? true,
        },
      ),
    resetStream: (stream, code, finalSize) =>
      outbox.post(integersFrame(frameTypes.resetStream, stream.id, code, finalSize), {
        acked: () => stream.resetAcked(),
      }),
    stopSending: ({ id, receiving }, code) =>
      outbox.post(integersFrame(frameTypes.stopSending, id, code), {
        isStale: () => receiving?.isClosed ?? true,
      }),
  };
}
