import { fieldVectors } from '../http/vectors-fields.ts';
import { headVectors } from '../http/vectors-head.ts';
import { strictVectors } from '../http/vectors-strict.ts';
import type { Vector } from '../http/vector.ts';

/** A section of an RFC, and how strongly it wants a message refused. `own`: it does not; Loom does, for leniency there has been an attack. */
export interface Rule {
  readonly section: string;
  readonly level: 'MUST' | 'SHOULD' | 'own';
}

/** The first that fits the name of a vector is its rule. */
const rules: readonly (readonly [RegExp, Rule['section'], Rule['level']])[] = [
  // What the RFCs leave open.
  [/^(TRACE|CONNECT)/, '9110 9.3', 'own'],
  [/^a method in lower case$/, '9110 9.1', 'own'],
  [/^HTTP\/1\.2$|^lines that end in LF alone$/, '9112 2', 'own'],
  [/^Host with port 99999$/, '3986 3.2.3', 'own'],
  [/^an escaped (NUL|line feed)$/, '3986 2.4', 'own'],
  [/^a folded (line|Transfer-Encoding)|^a field folded/, '9112 5.2', 'own'],
  [
    /^(a control character|DEL|a vertical tab|a form feed|an escape character) in (a value)$/,
    '9110 5.5',
    'own',
  ],
  [/^(the same Content-Length twice|a list of Content-Lengths)$/, '9112 6.3', 'own'],
  [/^chunked (with|before) Content-Length/, '9112 6.1', 'own'],
  [/^an LF alone in a value$|ended by LF alone|LF in a chunk extension/, '9112 2.2', 'own'],
  [/^a chunk size with a space behind$/, '9112 7.1.1', 'own'],
  [/^a tab behind/, '9110 5.5', 'own'],
  [/^a (Content-Length|Host) in a trailer$/, '9110 6.5.1', 'own'],
  // Codings that a recipient does not know.
  [/^(gzip, chunked|identity|xchunked|chunked with a parameter|chunked in quotes)$/, '9112 6.1', 'SHOULD'],
  [/Host|port of letters/, '9112 3.2', 'MUST'],
  [/^absolute form with an empty host$/, '9110 4.2.1', 'MUST'],
  [/userinfo/, '9110 4.2.4', 'SHOULD'],
  [/^a CR alone/, '9112 2.2', 'MUST'],
  [/^NUL in a value$|^a NUL in a trailer$/, '9110 5.5', 'MUST'],
  [/(space|tab) before the (colon|first field)/, '9112 5.1', 'MUST'],
  [/Content-Length/, '9112 6.3', 'MUST'],
  [/chunked|chunk size|^a chunk |^a negative chunk|Transfer-Encoding|identity/, '9112 6.3', 'MUST'],
  [/chunk extension|trailer|name|colon$|^no colon$/, '9112 2.2', 'SHOULD'],
  [/version|HTTP|^http|protocol$|TLS hello/, '9112 3', 'SHOULD'],
  [/method|target|words|request line|word behind|form|\*|fragment|escape|path$|path \(/, '9112 3', 'SHOULD'],
];

export const ruleOf = ({ name }: Vector): Rule | undefined => {
  const [, section, level] = rules.find(([pattern]) => pattern.test(name)) ?? [];
  return section === undefined || level === undefined ? undefined : { section, level };
};

export const vectors: readonly Vector[] = [...headVectors, ...fieldVectors, ...strictVectors];
export const isRefused = ({ status }: Vector): boolean => !status.includes(200);
