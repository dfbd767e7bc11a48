import { status } from '../abi/status.ts';
import { MessageView } from '../context/message-view.ts';
import type { Host } from '../host/host.ts';
import { noResult, type ForeignFunction } from './foreign-function.ts';

/** Loom's own: the message of the callback as JSON, in one piece or field by field. Not found outside of its callbacks. */
const onMessage =
  (run: (view: MessageView, argument: Buffer) => ReturnType<ForeignFunction>): ForeignFunction =>
  ({ stream }: Host, argument) => {
    const view = stream && MessageView.of(stream);
    return view ? run(view, argument) : status.notFound;
  };

/** Nothing in, everything out. */
export const readMessage = onMessage((view) => Buffer.from(view.read()));

/** Everything in. */
export const writeMessage = onMessage((view, argument) =>
  view.write(argument.utf8Slice()) ? noResult : status.badArgument,
);

/** A JSON Pointer in, the value as JSON out. */
export const readField = onMessage((view, argument) => {
  const value = view.readField(argument.utf8Slice());
  return value === undefined ? status.notFound : Buffer.from(value);
});

/** A JSON Pointer, NUL, and the value as JSON in. */
export const writeField = onMessage((view, argument) => {
  const end = argument.indexOf(0);
  if (end === -1) return status.badArgument;
  const written = view.writeField(argument.utf8Slice(0, end), argument.utf8Slice(end + 1, argument.length));
  return written ? noResult : status.badArgument;
});

/** A JSON Pointer in. */
export const removeField = onMessage((view, argument) =>
  view.removeField(argument.utf8Slice()) ? noResult : status.notFound,
);
