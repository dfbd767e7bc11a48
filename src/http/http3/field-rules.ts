import { connectionFields } from '../connection-fields.ts';

/** What makes the fields of a message of HTTP/3 malformed (RFC 9114 section 4.2 and 4.3). */

const ofRequests = new Set([':method', ':scheme', ':authority', ':path', ':protocol']);
/** A token without an upper-case letter. */
const namePattern = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** RFC 9110 section 5.5: no control character but a tab, and neither blank nor tab at an end. */
// oxlint-disable-next-line no-control-regex
const badValue = /[\x00-\x08\x0a-\x1f\x7f]|^[ \t]|[ \t]$/;

/** Why the fields [name, value, …] are no request; undefined when they are one. */
export function requestProblem(flat: readonly string[]): string | undefined {
  const pseudo = new Map<string, string>();
  let isRegular = false;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    const value = flat[i + 1] as string;
    if (!name.startsWith(':')) {
      isRegular = true;
      const problem = regularProblem(name, value);
      if (problem !== undefined) return problem;
      continue;
    }
    if (isRegular) return `${name} behind a field`;
    if (!ofRequests.has(name)) return `unknown ${name}`;
    if (pseudo.has(name)) return `${name} twice`;
    if (badValue.test(value)) return `a character in ${name}`;
    pseudo.set(name, value);
  }
  return pseudoProblem(pseudo);
}

/** Why the fields are no trailers. */
export function trailerProblem(flat: readonly string[]): string | undefined {
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (name.startsWith(':')) return `${name} in trailers`;
    const problem = regularProblem(name, flat[i + 1] as string);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function regularProblem(name: string, value: string): string | undefined {
  if (!namePattern.test(name)) return 'a field name that is none';
  if (connectionFields.has(name)) return `the field ${name}`;
  if (name === 'te' && value !== 'trailers') return 'the field te with more than trailers';
  if (badValue.test(value)) return `a character in the value of ${name}`;
  return undefined;
}

/** RFC 9114 section 4.3.1, RFC 9220 section 3. */
function pseudoProblem(pseudo: ReadonlyMap<string, string>): string | undefined {
  if (!pseudo.has(':method')) return 'no :method';
  const isConnect = pseudo.get(':method') === 'CONNECT';
  if (pseudo.has(':protocol') && !isConnect) return ':protocol without CONNECT';
  if (isConnect && !pseudo.has(':protocol')) {
    if (pseudo.has(':scheme') || pseudo.has(':path')) return 'CONNECT with :scheme or :path';
    return pseudo.has(':authority') ? undefined : 'CONNECT without :authority';
  }
  if (!pseudo.has(':scheme')) return 'no :scheme';
  if ((pseudo.get(':path') ?? '') === '') return 'no :path';
  return pseudo.get(':authority') === '' ? 'an empty :authority' : undefined;
}

/** RFC 9114 section 4.1.2: what Content-Length says; undefined where there is none, NaN where it is none or says two things. */
export function declaredLength(flat: readonly string[]): number | undefined {
  let length: number | undefined;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== 'content-length') continue;
    const value = flat[i + 1] as string;
    if (length !== undefined || !/^[0-9]{1,15}$/.test(value)) return Number.NaN;
    length = Number(value);
  }
  return length;
}
