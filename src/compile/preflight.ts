import type { Match } from '../model/model.ts';

/**
 * What finds a rule with CORS for the preflight of a request that the match would take: the browser sends OPTIONS, without the
 * fields of that request, and names its method in one. Empty where the match takes preflights anyway.
 */
export function preflightMatches(match: Match): readonly Match[] {
  const { methods } = match;
  if (methods.includes('OPTIONS') && match.headers.length === 0) return [];
  if (methods.length === 0 && match.headers.length === 0) return [];
  const named = (type: 'Exact' | 'Present', value: string): Match => ({
    ...match,
    methods: ['OPTIONS'],
    headers: [
      { name: 'origin', type: 'Present', value: '' },
      { name: 'access-control-request-method', type, value },
    ],
  });
  return methods.length === 0 ? [named('Present', '')] : methods.map((method) => named('Exact', method));
}
