/** Users of a file as Apache's htpasswd writes it. */
export interface PasswordFile {
  /** Hash by name. */
  readonly users: ReadonlyMap<string, string>;
  /** What is wrong, without names and hashes: whoever may read this need not be who may read the file. */
  readonly problems: readonly string[];
}

/** Beyond it a check takes more than a second. */
const highestCost = 14;
const bcrypt = /^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$/;
/** Unsalted, but what Envoy takes and nothing else. */
const sha1 = /^\{SHA\}[A-Za-z0-9+/]{27}=$/;

/** No header could carry such a name. */
// oxlint-disable-next-line no-control-regex -- what must not stand in a field value
const control = /[\0-\x1f\x7f]/;

/** Lines `name:hash`; empty ones and those behind `#` do not count. A line that cannot be used is left out. */
export function parseHtpasswd(text: string): PasswordFile {
  const users = new Map<string, string>();
  const problems: string[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const [name, hash] = [line.slice(0, colon), line.slice(colon + 1)];
    const problem =
      colon < 1 ? 'needs a name, a colon and a hash' : (nameProblem(name, users) ?? hashProblem(hash));
    if (problem === undefined) users.set(name, hash);
    else problems.push(`line ${i + 1} ${problem}`);
  }
  if (users.size === 0 && problems.length === 0) problems.push('has no user');
  return { users, problems };
}

function nameProblem(name: string, users: PasswordFile['users']): string | undefined {
  if (control.test(name)) return 'has a control character in its name';
  return users.has(name) ? 'has the name of a line before' : undefined;
}

function hashProblem(hash: string): string | undefined {
  if (sha1.test(hash)) return undefined;
  const cost = bcrypt.exec(hash)?.[1];
  if (cost !== undefined) {
    if (Number(cost) >= 4 && Number(cost) <= highestCost) return undefined;
    return `has a bcrypt cost of ${Number(cost)}; 4 to ${highestCost} can be used`;
  }
  const kind =
    hash.startsWith('$apr1$') || hash.startsWith('$1$') ? 'an MD5 hash' : 'no hash of bcrypt or {SHA}';
  return `has ${kind}; make it anew with htpasswd -B`;
}
