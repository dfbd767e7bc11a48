import type { Warning } from '../objects.ts';

type Texts = Readonly<Record<string, string>>;
type Port = { readonly port: number; readonly name?: string } | undefined;

/** What a value of another gateway is in Loom's words: the same text, another, or nothing where Loom does that anyway. */
type Convert = (value: string, port: Port) => string | undefined;

/** One annotation of another gateway and the field of `loom.dev/` that it stands for. */
interface Counterpart {
  /** Below `loom.dev/upstream.`, or of every `loom.dev/route.NAME.` of the Service. */
  readonly of: 'upstream' | 'route';
  readonly field: string;
  readonly convert: Convert;
  /** What else it says, by field. */
  readonly also?: Texts;
}

const same: Convert = (value) => value;
const lower: Convert = (value) => value.toLowerCase();
const unit =
  (name: string): Convert =>
  (value) =>
    /^\d+$/.test(value) ? `${value}${name}` : value;
const oneOf =
  (values: Texts): Convert =>
  (value) =>
    Object.hasOwn(values, value.toLowerCase()) ? values[value.toLowerCase()] : value;
/** Contour lists the ports that speak a protocol. */
const forPort =
  (protocol: string): Convert =>
  (value, port) =>
    value.split(',').some((one) => one.trim() === String(port?.port) || one.trim() === port?.name)
      ? protocol
      : undefined;
/** `8m`, as nginx writes sizes; 0 is no limit there and here. */
const bytes: Convert = (value) => {
  const [, number, suffix = ''] = /^(\d+)([kmg]?)$/i.exec(value) ?? [];
  const factor = { '': 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 }[suffix.toLowerCase()] ?? 1;
  return number === undefined ? value : String(Number(number) * factor);
};
/** Variables of nginx that keys of hashes are. */
const hashKey: Convert = (value) => {
  const [, header] = /^\$\{?http_(\w+)\}?$/.exec(value) ?? [];
  if (header !== undefined) return `header:${header.replaceAll('_', '-')}`;
  const [, cookie] = /^\$\{?cookie_(\w+)\}?$/.exec(value) ?? [];
  if (cookie !== undefined) return `cookie:${cookie}`;
  return oneOf({
    $binary_remote_addr: 'client_ip',
    $remote_addr: 'client_ip',
    $uri: 'path',
    $request_uri: 'path',
  })(value, undefined);
};

const upstream = (field: string, convert = same): Counterpart => ({ of: 'upstream', field, convert });
const route = (field: string, convert = same): Counterpart => ({ of: 'route', field, convert });

const traefik = 'traefik.ingress.kubernetes.io/service.';
const kong = 'konghq.com/';
const contour = 'projectcontour.io/';
const nginx = 'nginx.ingress.kubernetes.io/';

const protocols = oneOf({ http: 'http', https: 'https', h2c: 'h2c', grpc: 'grpc', grpcs: 'grpcs' });

/** Every annotation of others that counts with `--compat-annotations`; docs/services.md has the same table. */
export const counterparts: Readonly<Record<string, Counterpart>> = {
  [`${traefik}serversscheme`]: upstream('protocol', lower),
  [`${traefik}sticky.cookie.name`]: upstream('sticky_cookie.name'),
  [`${traefik}sticky.cookie.path`]: upstream('sticky_cookie.path'),
  [`${traefik}sticky.cookie.secure`]: upstream('sticky_cookie.secure'),
  [`${traefik}sticky.cookie.httponly`]: upstream('sticky_cookie.http_only'),
  [`${traefik}sticky.cookie.samesite`]: upstream('sticky_cookie.same_site', lower),
  [`${traefik}sticky.cookie.maxage`]: upstream('sticky_cookie.ttl', unit('s')),
  [`${kong}protocol`]: upstream('protocol', protocols),
  [`${kong}connect-timeout`]: upstream('connect_timeout', unit('ms')),
  [`${kong}read-timeout`]: route('timeouts.response', unit('ms')),
  [`${kong}retries`]: route('retries.attempts'),
  [`${kong}host-header`]: route('rewrite.host'),
  [`${kong}plugins`]: route('plugins'),
  [`${kong}tls-verify`]: upstream('tls.insecure_skip_verify', oneOf({ true: 'false', false: 'true' })),
  [`${kong}ca-certificates-secrets`]: upstream('tls.ca_secret_ref'),
  [`${contour}max-connections`]: upstream('limits.connections'),
  [`${contour}per-host-max-connections`]: upstream('limits.connections_per_endpoint'),
  [`${contour}max-pending-requests`]: upstream('limits.pending'),
  [`${contour}max-requests`]: upstream('limits.requests'),
  [`${contour}upstream-protocol.h2`]: upstream('protocol', forPort('h2')),
  [`${contour}upstream-protocol.h2c`]: upstream('protocol', forPort('h2c')),
  [`${contour}upstream-protocol.tls`]: upstream('protocol', forPort('https')),
  [`${nginx}backend-protocol`]: upstream('protocol', protocols),
  [`${nginx}load-balance`]: upstream(
    'load_balancer',
    oneOf({ round_robin: 'round_robin', ewma: 'least_conn' }),
  ),
  [`${nginx}upstream-hash-by`]: {
    ...upstream('consistent_hash.key', hashKey),
    also: { load_balancer: 'consistent_hash' },
  },
  [`${nginx}session-cookie-name`]: upstream('sticky_cookie.name'),
  [`${nginx}session-cookie-path`]: upstream('sticky_cookie.path'),
  [`${nginx}session-cookie-max-age`]: upstream('sticky_cookie.ttl', unit('s')),
  [`${nginx}session-cookie-samesite`]: upstream('sticky_cookie.same_site', lower),
  [`${nginx}session-cookie-secure`]: upstream('sticky_cookie.secure'),
  [`${nginx}proxy-connect-timeout`]: upstream('connect_timeout', unit('s')),
  [`${nginx}proxy-read-timeout`]: route('timeouts.response', unit('s')),
  [`${nginx}proxy-next-upstream-tries`]: route('retries.attempts', (value) =>
    /^[1-9]\d*$/.test(value) ? String(Number(value) - 1) : value,
  ),
  [`${nginx}proxy-body-size`]: route('max_request_body_bytes', bytes),
  [`${nginx}upstream-vhost`]: route('rewrite.host'),
  [`${nginx}whitelist-source-range`]: route('ip_access.allow'),
  [`${nginx}allowlist-source-range`]: route('ip_access.allow'),
  [`${nginx}denylist-source-range`]: route('ip_access.deny'),
  [`${nginx}limit-rps`]: route('rate_limits', (value) =>
    /^\d+$/.test(value)
      ? JSON.stringify([{ name: 'limit-rps', requests: Number(value), per: '1s', key: ['client_ip'] }])
      : value,
  ),
};

export interface Compat {
  /** As annotations of `loom.dev/`. */
  readonly own: Texts;
  readonly problems: readonly { readonly name: string; readonly message: string }[];
  /** A warning about one of `own`, in the words of who wrote the other. */
  named(warning: Warning): Warning;
}

export const noCompat: Compat = { own: {}, problems: [], named: (warning) => warning };

/** Annotations of other gateways in Loom's words. Those that configure the upstream make the Service one. */
export function readCompat(annotations: Texts, port: Port): Compat {
  const own: Record<string, string> = {};
  const origins = new Map<string, string>();
  const problems: { name: string; message: string }[] = [];
  const routes = new Set(
    Object.keys(annotations).flatMap((name) => /^loom\.dev\/route\.([^.]+)\./.exec(name)?.[1] ?? []),
  );
  for (const [name, written] of Object.entries(annotations)) {
    if (![traefik, kong, contour, nginx].some((prefix) => name.startsWith(prefix))) continue;
    const found = Object.hasOwn(counterparts, name) ? counterparts[name] : undefined;
    if (!found) {
      problems.push({ name, message: 'has no counterpart in Loom, and does not count' });
      continue;
    }
    if (found.of === 'route' && routes.size === 0) {
      problems.push({
        name,
        message: 'does not count: the Service has no loom.dev/route.NAME to hold for',
      });
      continue;
    }
    const text = found.convert(written.trim(), port);
    if (text === undefined) continue;
    const targets = found.of === 'upstream' ? ['upstream'] : [...routes].map((one) => `route.${one}`);
    if (found.of === 'upstream') own['loom.dev/upstream'] ??= 'true';
    for (const target of targets) {
      for (const [field, value] of Object.entries({ [found.field]: text, ...found.also })) {
        own[`loom.dev/${target}.${field}`] = value;
        origins.set(`loom.dev/${target}.${field}`, name);
      }
    }
  }
  return {
    own,
    problems,
    named: (warning) => {
      const [about = ''] = warning.message.split(' ', 1);
      const origin = Object.hasOwn(annotations, about) ? undefined : origins.get(about);
      return origin ? { ...warning, message: origin + warning.message.slice(about.length) } : warning;
    },
  };
}
