import type { Exchange } from '../../http/exchange.ts';
import type { StreamContext } from '../context/context.ts';
import { isReadonly } from '../context/declared-properties.ts';
import { getShared, setShared } from '../context/shared-properties.ts';
import type { Host } from './host.ts';
import { warnOnce } from './warn-once.ts';

/** Longer ones do not go into the access log. */
const maxNote = 8192;
/** What Higress' SDK logs through properties: the access log has a place for it. */
const notes: ReadonlySet<string> = new Set(['custom_log', 'ai_log']);
const tracePrefix = 'trace_span_tag.';

/** Keys that do something when they are set (Higress); their values can be read back like any other. */
const setters: Readonly<Record<string, (stream: StreamContext, text: string) => void>> = {
  x_request_id: ({ exchange }, text) => {
    if (/^[\x21-\x7e]{1,256}$/.test(text)) exchange.id = text;
  },
};

const settersByName: ReadonlyMap<string, (stream: StreamContext, text: string) => void> = new Map(
  Object.entries(setters),
);

export function setProperty(host: Host, stream: StreamContext, name: string, value: Buffer): void {
  const { exchange, root } = stream;
  if (isReadonly(root, name) && getShared(exchange, name) !== undefined)
    return warnOnce(
      host,
      `set ${name}`,
      { property: name },
      'plugin set a property again that it declared read-only',
    );
  if (!setShared(exchange, name, value))
    return warnOnce(
      host,
      'set_property',
      { property: name },
      'properties of an exchange are full; one was not kept',
    );
  settersByName.get(name)?.(stream, value.toString());
  if (notes.has(name) || name.startsWith(tracePrefix)) note(exchange, name, value);
}

function note(exchange: Exchange, name: string, value: Buffer): void {
  if (value.length <= maxNote) (exchange.notes ??= {})[name] = value.toString();
}
