import type { Exchange } from '../../http/exchange.ts';
import { fieldAliases, type AccessLogField, type AccessLogSettings } from '../../model/access-log.ts';
import { parseTemplate, type Variable } from '../../model/template.ts';
import { fieldValue, headerValue, type ValueOf } from './fields.ts';
import { Redaction } from './redaction.ts';

/** A line with its end. `status` 0: no response was sent. */
export type Format = (exchange: Exchange, status: number) => string;

type FormatSettings = Pick<
  AccessLogSettings,
  'template' | 'fields' | 'requestHeaders' | 'responseHeaders' | 'redact'
>;

/** Everything that can be known before the first line is; the template has been checked. */
export function compileFormat(settings: FormatSettings): Format {
  const redaction = new Redaction(settings.redact.headers, settings.redact.query);
  return settings.template === undefined
    ? compileJson(settings, redaction)
    : compileText(settings.template, redaction);
}

function compileJson(
  { fields, requestHeaders, responseHeaders }: FormatSettings,
  redaction: Redaction,
): Format {
  const members = fields.map((name) => ({ key: `,"${name}":`, valueOf: fieldValue(name, redaction) }));
  const headersOf = (of: 'request' | 'response', names: readonly string[]): ValueOf => {
    const values = names.map((name) => ({ name, valueOf: headerValue(of, name, redaction) }));
    return (exchange) => {
      let found: Record<string, string> | undefined;
      for (const { name, valueOf } of values) {
        const value = valueOf(exchange);
        if (value !== undefined) (found ??= {})[name] = value;
      }
      return found;
    };
  };
  if (requestHeaders.length > 0)
    members.push({ key: ',"requestHeaders":', valueOf: headersOf('request', requestHeaders) });
  if (responseHeaders.length > 0)
    members.push({ key: ',"responseHeaders":', valueOf: headersOf('response', responseHeaders) });
  return (exchange, status) => {
    let line = '{"level":"access"';
    for (const { key, valueOf } of members) {
      const value = valueOf(exchange, status);
      if (value !== undefined) line += key + toJson(value);
    }
    return `${line}}\n`;
  };
}

function toJson(value: NonNullable<ReturnType<ValueOf>>): string {
  if (typeof value === 'number') return String(value);
  // Most texts have nothing to escape, and JSON.stringify is slower than to look.
  return typeof value === 'string' && !unusual.test(value) ? `"${value}"` : JSON.stringify(value);
}

function compileText(template: string, redaction: Redaction): Format {
  const parts = parseTemplate(template).map((part) =>
    typeof part === 'string' ? part : compileVariable(part, redaction),
  );
  return (exchange, status) => {
    let line = '';
    for (const part of parts) line += typeof part === 'string' ? part : toText(part(exchange, status));
    return `${line}\n`;
  };
}

function compileVariable({ name, of }: Variable, redaction: Redaction): ValueOf {
  if (name === 'param') return ({ params }) => params[of];
  if (name === 'header') return headerValue('request', of.toLowerCase(), redaction);
  if (name === 'response.header') return headerValue('response', of.toLowerCase(), redaction);
  return fieldValue(fieldAliases[name] ?? (name as AccessLogField), redaction);
}

/** Anything but the visible ASCII characters that no text escapes: rare, so that what is right for it may cost more. */
const unusual = /[^ !#-[\]-~]/;
const unsafe = /["\\\p{Cc}]/gu;

/** As nginx writes it: `-` for what is not there, `\xHH` for what could end a field, a line, or the patience of a terminal. */
function toText(value: ReturnType<ValueOf>): string {
  if (value === undefined || value === '') return '-';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return unusual.test(text) ? text.replace(unsafe, toEscape) : text;
}

const toEscape = (char: string): string =>
  `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
