import type { ProbeResult } from '../../balance/health-target.ts';
import type { HealthCheck } from '../../model/upstream.ts';

/** Most of an answer's body that is read; what is longer is cut off and counts as read. */
export const maxBodyBytes = 64 * 1024;

const usual = [{ from: 200, to: 399 }];

/** What an answer says of the endpoint. */
export function judge(
  { expectedStatuses = usual, expectedBody }: HealthCheck,
  status: number,
  body: Buffer,
): ProbeResult {
  const result = `status ${status}`;
  if (!expectedStatuses.some(({ from, to }) => status >= from && status <= to))
    return { success: false, result };
  if (expectedBody !== undefined && !body.includes(expectedBody))
    return { success: false, result: `${result}, unexpected body` };
  return { success: true, result };
}

/** Reads a body until it ends or is long enough. */
export async function readBody(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > maxBodyBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBodyBytes);
}

/** Fields of every request of a probe, those of the check last. */
export function fieldsOf({ headers = [] }: HealthCheck): Record<string, string> {
  const fields: Record<string, string> = { 'user-agent': 'loom-health-check', accept: '*/*' };
  for (const { name, value } of headers) fields[name.toLowerCase()] = value;
  return fields;
}
