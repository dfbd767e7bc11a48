import type { JWTPayload } from 'jose';
import type { LoomRouteSpecRuleJwtProviderClaimHeader } from '../../api/types.gen.ts';
import type { HeaderList } from '../../http/headers.ts';

/** A claim by its name, or by names joined with dots: `realm_access.roles`. */
function claimOf(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Whether `scope` (RFC 8693 section 4.2, words) or `scp` (a list) has all of them. */
export function hasScopes({ scope, scp }: JWTPayload, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  const granted = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scp) ? scp : [];
  return wanted.every((one) => granted.includes(one));
}

/** Writes claims as headers: texts as they are, lists of texts joined with commas, all else as JSON. */
export function writeClaims(
  payload: JWTPayload,
  wanted: readonly LoomRouteSpecRuleJwtProviderClaimHeader[],
  headers: HeaderList,
): void {
  for (const { claim, header } of wanted) {
    const text = textOf(claimOf(payload, claim));
    if (text !== undefined) headers.set(header.toLowerCase(), text);
  }
}

/** Undefined where there is nothing, or where it cannot stand in a header (RFC 9110 section 5.5): as UTF-8, byte for byte. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const flat =
    Array.isArray(value) && value.every((one) => typeof one === 'string') ? value.join(',') : value;
  const text = typeof flat === 'string' ? flat : JSON.stringify(flat);
  const bytes = Buffer.from(text).latin1Slice();
  // oxlint-disable-next-line no-control-regex -- what must not stand in a field value
  return /[\0-\x08\x0a-\x1f\x7f]/.test(bytes) ? undefined : bytes;
}
