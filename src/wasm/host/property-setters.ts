import type { Exchange } from '../../http/exchange.ts';
import { streamType } from '../abi/enums.ts';
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

type Setter = (host: Host, stream: StreamContext, text: string) => void;

/** Keys that do something when they are set (Higress); their values can be read back like any other. */
const setters: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ['clear_route_cache', (_host, stream, text) => void (stream.reroutes = text !== 'off')],
  ['set_decoder_buffer_limit', (host, stream, text) => limit(host, stream, streamType.request, text)],
  ['set_encoder_buffer_limit', (host, stream, text) => limit(host, stream, streamType.response, text)],
  ['wasm_need_rebuild', (host, _stream, text) => void (host.rebuild ||= text === 'true')],
  [
    'x_request_id',
    (_host, { exchange }, text) => {
      if (/^[\x21-\x7e]{1,256}$/.test(text)) exchange.id = text;
    },
  ],
]);

/** More than its memory may hold is of no use to a plugin, and the host would have to keep it. */
function limit({ plugin: { limits } }: Host, stream: StreamContext, type: 0 | 1, text: string): void {
  if (/^\d{1,15}$/.test(text))
    stream.setBufferLimit(type, Math.min(Number(text), Math.max(limits.memoryBytes, limits.bufferBytes)));
}

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
  setters.get(name)?.(host, stream, value.toString());
  if (notes.has(name) || name.startsWith(tracePrefix)) note(exchange, name, value);
}

function note(exchange: Exchange, name: string, value: Buffer): void {
  if (value.length <= maxNote) (exchange.notes ??= {})[name] = value.toString();
}
