/** Content codings that Loom makes. */
export type Coding = 'br' | 'gzip' | 'zstd';

/**
 * The coding that a client likes best by its Accept-Encoding (RFC 9110 section 12.5.3): the highest weight, and of equal ones the
 * first of `offered`. Undefined where the response is to stay as it is.
 */
export function acceptedCoding(accept: string | undefined, offered: readonly Coding[]): Coding | undefined {
  if (accept === undefined) return undefined;
  const weights = new Map<string, number>();
  for (const member of accept.split(',')) {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    const weight = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0;
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, weight);
  }
  const rest = weights.get('*') ?? 0;
  let best: Coding | undefined;
  // As it is counts as the least liked, unless it is told to be liked better.
  let most = weights.get('identity') ?? 0;
  for (const coding of offered) {
    const weight = weights.get(coding) ?? rest;
    if (weight > most || (weight === most && weight > 0 && best === undefined))
      [best, most] = [coding, weight];
  }
  return best;
}
