import type { GrpcListener } from '../../upstream/callouts/grpc-call.ts';
import { bufferType, mapType } from '../abi/enums.ts';
import { framesMessage, legalField } from '../context/message-headers.ts';
import { answer } from './answer.ts';
import type { PendingCall } from './pending-call.ts';

const internal = 13;
const outcomeOf = (status: number): string => (status === 0 ? 'ok' : `grpc-${status}`);

/** Metadata that can be sent, in lower case; undefined where something cannot. The protocol's own fields are left out. */
export function callMetadata(pairs: readonly string[]): readonly string[] | undefined {
  const metadata: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const name = (pairs[i] as string).toLowerCase();
    const text = pairs[i + 1] as string;
    if (name.startsWith(':') || name === 'host' || name === 'content-type' || name === 'grpc-timeout')
      continue;
    if (framesMessage(name)) continue;
    if (!legalField(name, text)) return undefined;
    metadata.push(name, text);
  }
  return metadata;
}

/** Turns what becomes of a stream into its callbacks. */
export class GrpcStreamAnswer implements GrpcListener {
  readonly #call: PendingCall;

  constructor(call: PendingCall) {
    this.#call = call;
  }

  admit(bytes: number): boolean {
    return this.#call.admit(bytes);
  }

  initial(metadata: readonly string[]): void {
    const maps = { [mapType.grpcInitialMetadata]: metadata };
    this.#call.deliver('grpcInitialMetadata', answer({}, maps), metadata.length / 2);
  }

  message(message: Buffer): void {
    this.#call.giveBack();
    this.#call.deliver('grpcMessage', answer({ [bufferType.grpcMessage]: message }), message.length);
  }

  trailing(metadata: readonly string[]): void {
    const maps = { [mapType.grpcTrailingMetadata]: metadata };
    this.#call.deliver('grpcTrailingMetadata', answer({}, maps), metadata.length / 2);
  }

  closed(status: number, message: string): void {
    this.#call.say(status, message);
    this.#call.end(outcomeOf(status), message);
    this.#call.deliver('grpcClose', answer({}), status);
  }
}

/** A call with one message each way: proxy_on_grpc_receive where it succeeds, proxy_on_grpc_close where it does not. */
export class GrpcUnaryAnswer implements GrpcListener {
  readonly #call: PendingCall;
  #message: Buffer | undefined;

  constructor(call: PendingCall) {
    this.#call = call;
  }

  admit(bytes: number): boolean {
    return this.#call.admit(bytes);
  }

  initial(): void {}
  trailing(): void {}

  message(message: Buffer): void {
    this.#message ??= message;
  }

  closed(code: number, text: string): void {
    const message = this.#message;
    const status = code === 0 && !message ? internal : code;
    this.#call.say(status, status === code ? text : 'the callee sent no message');
    this.#call.end(outcomeOf(status), text);
    if (status === 0 && message)
      this.#call.deliver('grpcMessage', answer({ [bufferType.grpcMessage]: message }), message.length);
    else this.#call.deliver('grpcClose', answer({}), status);
  }
}
