/**
 * The type that a client likes best by its Accept (RFC 9110 section 12.5.1): the highest weight of the most specific range that
 * covers it, and of equal ones the first. The first also where none is accepted: an answer says more than none. Types without
 * parameters, in lower case.
 */
export function acceptedType(accept: string | undefined, types: readonly string[]): number {
  if (accept === undefined || types.length === 1) return 0;
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return { type, q: q >= 0 && q <= 1 ? q : 0 };
  });
  const weightOf = (type: string): number => {
    const wider = `${type.slice(0, type.indexOf('/'))}/*`;
    for (const name of [type, wider, '*/*']) {
      const range = ranges.find((one) => one.type === name);
      if (range) return range.q;
    }
    return 0;
  };
  const weights = types.map(weightOf);
  return weights.indexOf(Math.max(...weights));
}
