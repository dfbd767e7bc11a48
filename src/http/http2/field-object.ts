import type { HeaderList } from '../headers.ts';

/** Fields in the shape that node:http2 wants where it takes no flat list: of trailers and interim responses. */
export function objectOf(list: HeaderList | undefined): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  const flat = list?.flat ?? [];
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    const before = fields[name];
    fields[name] = before === undefined ? (flat[i + 1] as string) : [before, flat[i + 1] as string].flat();
  }
  return fields;
}
