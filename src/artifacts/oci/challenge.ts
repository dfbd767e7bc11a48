/** One challenge of a WWW-Authenticate field; names of parameters in lower case. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** RFC 9110 section 11.6.1. What is malformed is left out. */
export function parseChallenges(field: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const token = String.raw`[A-Za-z0-9!#$%&'*+.^_\`|~-]+`;
  const part = new RegExp(
    `\\s*,?\\s*(?:(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,]*))|(${token})(?=\\s|,|$))`,
    'gy',
  );
  for (let found = part.exec(field); found?.[0]; found = part.exec(field)) {
    const [, name, quoted, plain, scheme] = found;
    if (scheme) challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
    const last = challenges.at(-1);
    if (name && last) last.parameters[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '';
  }
  return challenges;
}
