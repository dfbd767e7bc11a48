import { errors } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { hasVariables, parseTemplate, type Variable } from '../model/template.ts';

type TextOf = (exchange: Exchange) => string;

/** Fills in the variables of a text; a value that a request lacks is empty. `escape` is for what is not of the configuration. */
export function compileTemplate(text: string, escape: (value: string) => string = same): TextOf {
  if (!hasVariables(text)) return () => text;
  const parts = parseTemplate(text).map((part): string | TextOf => {
    if (typeof part === 'string') return part;
    const valueOf = compileVariable(part);
    return (exchange) => escape(valueOf(exchange));
  });
  return (exchange) => {
    let filled = '';
    for (const part of parts) filled += typeof part === 'string' ? part : part(exchange);
    return filled;
  };
}

const same = (value: string): string => value;

function compileVariable({ name, of }: Variable): TextOf {
  switch (name) {
    case 'param':
      return ({ params }) => params[of] ?? '';
    case 'header': {
      const field = of.toLowerCase();
      return ({ request }) => request.headers.joined(field) ?? '';
    }
    case 'client.address':
      return ({ client }) => client.address;
    case 'request.host':
      return ({ request }) => request.authority;
    case 'request.id':
      return ({ id }) => id;
    case 'request.method':
      return ({ request }) => request.method;
    case 'request.path':
      return ({ request }) => request.path;
    case 'request.query':
      return ({ request }) => request.query;
    case 'request.scheme':
      return ({ request }) => request.scheme;
    case 'route':
      return ({ route }) => route;
    case 'rule':
      return ({ rule }) => rule;
    case 'error.code':
      return ({ errorCode }) => errorCode ?? '';
    case 'error.message':
      return ({ errorCode }) => (errorCode ? errors[errorCode].message : '');
    case 'response.status':
      return ({ response }) => String(response?.status ?? '');
    default:
      return () => '';
  }
}
