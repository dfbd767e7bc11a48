import { addNamedFields } from '../http/connection-fields.ts';
import { HeaderList } from '../http/headers.ts';

/** Fields between Loom and the upstream only (RFC 9110 section 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Header or trailer fields off undici's parser: names in lower case, without those of the connection. */
export function responseFields(raw: readonly Buffer[]): HeaderList {
  const flat: string[] = [];
  let named: string[] | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as Buffer).latin1Slice().toLowerCase();
    const value = (raw[i + 1] as Buffer).latin1Slice();
    if (hopByHop.has(name)) {
      if (name === 'connection') named = addNamedFields(value, named);
    } else {
      flat.push(name, value);
    }
  }
  const headers = new HeaderList(flat);
  if (named) headers.deleteAny(named);
  return headers;
}
