import { expect } from 'chai';
import { newSpanId, newTraceId } from '../../../src/telemetry/tracing/random-ids.ts';

describe('ids of traces and spans', () => {
  it('are hex digits, and each is another', () => {
    const traces = Array.from({ length: 10_000 }, newTraceId);
    const spans = Array.from({ length: 10_000 }, newSpanId);
    for (const id of traces) expect(id).to.match(/^[0-9a-f]{32}$/);
    for (const id of spans) expect(id).to.match(/^[0-9a-f]{16}$/);
    expect(new Set([...traces, ...spans])).to.have.property('size', 20_000);
  });
});
