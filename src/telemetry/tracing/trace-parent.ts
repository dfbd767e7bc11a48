import { parseTraceParent } from '@opentelemetry/core';
import type { HeaderList } from '../../http/headers.ts';

/** Who asks, as W3C Trace Context has it. */
export interface TraceParent {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

const parentField = 'traceparent';
const stateField = 'tracestate';

/**
 * What the fields of a request say. Undefined when they say nothing, or not what they may (W3C Trace Context, section 3.2.2):
 * two fields are as bad as a malformed one.
 */
export function readTraceParent(headers: HeaderList): TraceParent | undefined {
  const text = headers.joined(parentField);
  const told = text === undefined ? null : parseTraceParent(text);
  if (!told) return undefined;
  return { traceId: told.traceId, spanId: told.spanId, isSampled: (told.traceFlags & 1) === 1 };
}

export function writeTraceParent(headers: HeaderList, { traceId, spanId, isSampled }: TraceParent): void {
  headers.setSound(parentField, `00-${traceId}-${spanId}-0${isSampled ? 1 : 0}`);
}

/** The next try of a request is a parent of its own, unless somebody wrote another one into the request. */
export function replaceSpanId(headers: HeaderList, before: TraceParent, spanId: string): void {
  if (readTraceParent(headers)?.spanId === before.spanId) writeTraceParent(headers, { ...before, spanId });
}

/** Of a new trace: the state was that of another one (section 3.3). */
export function forgetTraceState(headers: HeaderList): void {
  if (headers.has(stateField)) headers.delete(stateField);
}

/** Between visible characters: two lists of members are one, and an empty one is none. */
const member = /^(?:[a-z0-9][-a-z0-9_*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,256})?$/;

/** A state that is not well formed is not passed on; the trace is the same (section 3.3.1). */
export function checkTraceState(headers: HeaderList): void {
  const state = headers.joined(stateField);
  if (state === undefined) return;
  const members = state.split(',').map((text) => text.trim());
  if (members.length > 32 || !members.every((text) => member.test(text))) headers.delete(stateField);
}
