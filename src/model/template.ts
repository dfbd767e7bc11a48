/** A text with variables `${name}`; `$${` stands for `${`. */
export type TemplatePart = string | Variable;

export interface Variable {
  readonly name: string;
  /** Behind the dot of a `param`, `header` or `response.header`. */
  readonly of: string;
}

/** Facts of a request. */
const plain = new Set([
  'client.address',
  'request.host',
  'request.id',
  'request.method',
  'request.path',
  'request.query',
  'request.scheme',
  'route',
  'rule',
]);
/** Facts of a response that says what failed. */
const ofErrors = new Set(['error.code', 'error.message', 'response.status']);

export const hasVariables = (text: string): boolean => text.includes('${');

export function parseTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let from = 0;
  for (const found of text.matchAll(/\$?\$\{([^}]*)\}/g)) {
    const [whole, inner = ''] = found;
    parts.push(text.slice(from, found.index), whole.startsWith('$$') ? whole.slice(1) : toVariable(inner));
    from = found.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== '');
}

/** What is wrong with the variables of a text; `captured` says whether every match captures a segment of that name. */
export function checkTemplate(
  text: string,
  captured: (name: string) => boolean,
  aboutErrors = false,
): string | undefined {
  for (const part of parseTemplate(text)) {
    if (typeof part === 'string' || part.name !== 'param' || captured(part.of)) continue;
    return `:${part.of} is not captured by every match of the rule`;
  }
  return checkVariables(
    text,
    ({ name, of }) =>
      name === 'param' ||
      (name === 'header' && of !== '') ||
      plain.has(name) ||
      (aboutErrors && ofErrors.has(name)),
  );
}

/** What is wrong with the variables of a text of which those exist that are `known`. */
export function checkVariables(text: string, known: (variable: Variable) => boolean): string | undefined {
  for (const part of parseTemplate(text)) {
    if (typeof part === 'string' || known(part)) continue;
    const name = part.of === '' ? part.name : `${part.name}.${part.of}`;
    return `there is no variable \${${name}}; write $\${ for a literal \${`;
  }
  return undefined;
}

function toVariable(inner: string): Variable {
  const [, name, of] = /^(param|header|response\.header)\.(.*)$/.exec(inner) ?? [];
  return name === undefined ? { name: inner, of: '' } : { name, of: of ?? '' };
}
