import { RE2JS } from 're2js';
import type { LoomRouteSpecRuleCorsAllowOrigin } from '../api/types.gen.ts';

interface Origins {
  readonly includes: (origin: string) => boolean;
  /** A star is among them. */
  readonly isAny: boolean;
}

/** Origins as browsers write them: scheme, host in lower case, port unless it is the scheme's. */
export function compileOrigins(origins: readonly LoomRouteSpecRuleCorsAllowOrigin[]): Origins {
  const values = origins.filter(({ type }) => type === 'Exact').map(({ value }) => value.toLowerCase());
  const exact = new Set(values);
  const tests = [
    ...values.filter((value) => value.includes('://*.')).map(wildcard),
    ...origins.filter(({ type }) => type === 'Regex').map(({ value }) => regex(value)),
  ];
  const isAny = exact.has('*');
  return { isAny, includes: (origin) => isAny || exact.has(origin) || tests.some((test) => test(origin)) };
}

/** `https://*.example.com`: any depth below, and not the domain itself. */
function wildcard(value: string): (origin: string) => boolean {
  const [scheme = '', domain = ''] = value.split('*');
  return (origin) => {
    const host = origin.slice(scheme.length, -domain.length);
    return origin.startsWith(scheme) && origin.endsWith(domain) && /^[^/:@]+$/.test(host);
  };
}

/** Of the whole origin, in time linear in its length (RE2). */
function regex(value: string): (origin: string) => boolean {
  const compiled = RE2JS.compile(value);
  return (origin) => compiled.matches(origin);
}
