/** Fields of a connection of HTTP/1; no message of HTTP/2 or HTTP/3 has them (RFC 9113 section 8.2.2, RFC 9114 section 4.2). */
export const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** A sender must not be able to make Loom drop these by naming them in Connection. */
const protectedFields = /^(authorization|content-length|cookie|host|set-cookie|x-forwarded-.*|x-request-id)$/;

/** The fields that a value of Connection names besides options (RFC 9110 section 7.6.1), added to `names`. */
export function addNamedFields(value: string, names: string[] | undefined): string[] | undefined {
  // By far the most frequent values name nothing.
  if (value === 'keep-alive' || value === 'close') return names;
  let all = names;
  for (const part of value.toLowerCase().split(',')) {
    const name = part.trim();
    if (name === '' || name === 'close' || name === 'keep-alive' || protectedFields.test(name)) continue;
    (all ??= []).push(name);
  }
  return all;
}
