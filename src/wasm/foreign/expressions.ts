import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { status } from '../abi/status.ts';
import type { Host } from '../host/host.ts';
import { encodeResult, variables, variablesOf } from './attributes.ts';
import { noResult, type ForeignFunction } from './foreign-function.ts';

/** A guest that makes them and never deletes them has gone wrong. */
const most = 1024;
const maxLength = 16 * 1024;

const environment = new Environment({ unlistedVariablesAreDyn: true });
for (const name of variables) environment.registerVariable(name, 'dyn');

interface Expressions {
  readonly byToken: Map<number, ParseResult>;
  last: number;
}

/** They live as long as the instance. */
const ofInstance = new WeakMap<Host, Expressions>();

/** CEL text to a u32 that stands for it. */
export const createExpression: ForeignFunction = (host, argument) => {
  let held = ofInstance.get(host);
  if (!held) ofInstance.set(host, (held = { byToken: new Map(), last: 0 }));
  if (held.byToken.size >= most) return status.internalFailure;
  if (argument.length > maxLength) return status.badArgument;
  let expression: ParseResult;
  try {
    expression = environment.parse(argument.toString());
  } catch {
    return status.badArgument;
  }
  const token = ++held.last;
  held.byToken.set(token, expression);
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(token);
  return bytes;
};

/** A u32 to the value of that expression over the current exchange; without one there are no attributes. */
export const evaluateExpression: ForeignFunction = (host, argument) => {
  if (argument.length !== 4) return status.badArgument;
  const expression = ofInstance.get(host)?.byToken.get(argument.readUInt32LE());
  if (!expression) return status.notFound;
  let result: unknown;
  try {
    result = expression(host.stream ? variablesOf(host.stream) : {});
  } catch {
    return status.internalFailure;
  }
  const encoded = encodeResult(result);
  if (encoded === undefined) return status.serializationFailure;
  return typeof encoded === 'string' ? Buffer.from(encoded, 'latin1') : encoded;
};

export const deleteExpression: ForeignFunction = (host, argument) => {
  if (argument.length !== 4) return status.badArgument;
  return ofInstance.get(host)?.byToken.delete(argument.readUInt32LE()) ? noResult : status.notFound;
};
