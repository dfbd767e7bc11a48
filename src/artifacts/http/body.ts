import type { Answer } from './client.ts';
import { toFailure } from './failure.ts';
import { SupplyError } from '../supply-error.ts';

/** The whole body; a SupplyError as soon as it is known to have more than `limit` bytes, or when it breaks off. */
export async function readBody({ body, headers, url }: Answer, limit: number, what: string): Promise<Buffer> {
  const tooLarge = (): SupplyError =>
    new SupplyError('TooLarge', `${what} of ${url.host} has more than ${limit} bytes`);
  const length = Number(headers['content-length'] ?? 0);
  if (length > limit) {
    body.destroy();
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw toFailure(error, url);
  }
  return Buffer.concat(chunks, size);
}

/** What a server says beside its status: the message of an OCI error, else nothing. Never rejects. */
export async function readComplaint(answer: Answer): Promise<string> {
  try {
    const text = (await readBody(answer, 16 * 1024, 'the error')).toString();
    const { errors } = JSON.parse(text) as { errors?: readonly { message?: unknown }[] };
    const message = errors?.[0]?.message;
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}
