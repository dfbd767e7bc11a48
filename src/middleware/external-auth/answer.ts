import { HeaderList } from '../../http/headers.ts';
import type { Reply } from '../middleware.ts';
import { hold } from '../side/held-body.ts';

/** Of a refusal; what is longer is no page that asks for a password. */
const mostBytes = 1 << 20;

/** Fields that a body is not understood without. */
const ofBody = ['content-encoding', 'content-type'];

/** The fields of those names, every value of each. */
export function pick(from: HeaderList, names: readonly string[]): HeaderList {
  const { flat } = from;
  const picked = new HeaderList();
  for (let i = 0; i < flat.length; i += 2)
    if (names.includes(flat[i] as string)) picked.append(flat[i] as string, flat[i + 1] as string);
  return picked;
}

/** What the client gets of an answer that is a no. `names` undefined: every field. Throws what the body fails with. */
export async function toRefusal({ head, body }: Reply, names: readonly string[] | undefined): Promise<Reply> {
  const headers = names ? pick(head.headers, [...names, ...ofBody]) : head.headers;
  const held = body === undefined || Buffer.isBuffer(body) ? { bytes: body } : await hold(body, mostBytes);
  if (!held) throw new Error(`its answer has more than ${mostBytes} bytes`);
  headers.set('content-length', String(held.bytes?.length ?? 0));
  return { head: { status: head.status, headers }, body: held.bytes };
}
