/**
 * Takes secrets out of what people send to each other when something is wrong. A text stays only under a name that is known to
 * hold none, so that a field which nobody has thought of is taken out; numbers, switches and shapes stay.
 */
const plainNames = new Set(
  `id name route rule host hosts port address endpoint upstream upstreams backend plugin plugins kind type status reason
  method methods protocol listener listeners phase priority loadBalancer namespace zone zones forZones version node mode v8
  level logLevel time component server from msg condition conditions object objects stages chain usedBy closed state
  failurePolicy fetch configure run isolation ticks families capabilities unknownImports digest sha256 matched source image
  url location field problem message detail error errorCode code stack middleware scheme requestId lastTransitionTime
  startedAt at result check healthy unhealthy breaker serverName clientAuth minVersion escapedSlashes identity signal
  kinds path family client trustedProxies allow outcome created`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

const taken = '(redacted)';

/** A copy without secrets. `name`: under which the value stands, `outer`: under which that object stands. */
export function redactJson(value: unknown, name = '', outer = ''): unknown {
  // The paths of routes are what one looks for; other values are of headers, queries and variables.
  const isPlain = plainNames.has(name) || (name === 'value' && outer === 'path');
  if (typeof value === 'string') return isPlain ? redactText(value) : taken;
  if (Array.isArray(value)) return value.map((item) => redactJson(item, name, outer));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactJson(inner, key, name)]));
}

/** Secrets that can be told by their form, wherever in a text. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g, taken],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, taken],
  [/\b(Bearer|Basic|Digest|Negotiate)\s+[^\s"',;]+/gi, `$1 ${taken}`],
  // Credentials and queries of URLs.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]*@/gi, `$1${taken}@`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s"'?#]*)\?[^\s"']*/gi, `$1?${taken}`],
  [
    /\b((?:[\w-]*(?:passw(?:or)?d|secret|token|api[-_]?key|authorization|cookie)[\w-]*)["']?\s*[:=]\s*["']?)[^\s"',;}]+/gi,
    `$1${taken}`,
  ],
  // What a message quotes is what somebody wrote.
  [/"(?:[^"\\]|\\.)*"/g, `"${taken}"`],
];

export function redactText(text: string): string {
  return forms.reduce((left, [form, by]) => left.replace(form, by), text);
}

/** Lines of a log: JSON by its fields, other lines not at all. */
export function redactLog(lines: string): string {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.stringify(redactJson(JSON.parse(line)));
      } catch {
        return taken;
      }
    })
    .join('\n');
}
