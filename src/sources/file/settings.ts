import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { maxDurationMs, toMs } from '../../model/duration.ts';
import type { Problem } from '../../model/problem.ts';
import type { ListenerSettings, ListenerTls, LogLevel, PathRules, Settings } from '../../model/settings.ts';
import { checkSchema } from '../../model/validate-schema.ts';
import { toStructure } from '../../model/validate-structure.ts';
import { aboutAccessLog, toAccessLog, withLongAccessLog, type ToldAccessLog } from './settings-access-log.ts';
import { toHttp3, type ToldHttp3 } from './settings-http3.ts';
import { toRedisTls, type ToldRedisTls } from './settings-redis.ts';
import { settingsSchema } from './settings-schema.ts';
import { toTracing, type ToldTracing } from './settings-tracing.ts';

interface Listener {
  readonly name: string;
  readonly address: string;
  readonly protocol: 'http' | 'https';
  readonly proxy_protocol: boolean;
  readonly redirect_to_https: number;
  readonly max_connections: number;
  readonly max_connections_per_address: number;
  readonly http3?: ToldHttp3;
  readonly tls?: {
    readonly client_ca?: string;
    readonly client_auth: ListenerTls['clientAuth'];
    readonly min_version: ListenerTls['minVersion'];
  };
}

/** The settings part of a loom.yaml, with its defaults, in the spelling of the file. */
interface Told {
  readonly paths: { readonly escaped_slashes: PathRules['escapedSlashes']; readonly merge_slashes: boolean };
  readonly listeners: readonly Listener[];
  readonly admin: { readonly enabled: boolean; readonly address: string };
  readonly metrics: { readonly prometheus: { readonly enabled: boolean; readonly path: string } };
  readonly limits: Readonly<
    Record<
      | 'max_request_body_bytes'
      | 'max_header_bytes'
      | 'max_headers'
      | 'http2_max_streams'
      | 'http2_resets_per_second'
      | 'http2_overhead_bytes_per_second',
      number
    >
  > &
    Readonly<Record<'header_timeout' | 'keep_alive' | 'client_idle' | 'tunnel_idle', string>> & {
      readonly half_close: boolean;
    };
  readonly workers: number;
  readonly access_log: ToldAccessLog;
  readonly tracing: ToldTracing;
  readonly log_level: LogLevel;
  readonly trusted_proxies: readonly string[];
  readonly trusted_hops: number;
  readonly zone: string;
  readonly sticky_secret: string;
  readonly rate_limits: {
    readonly max_keys: number;
    readonly redis: {
      readonly addresses: readonly string[];
      readonly username: string;
      readonly password_file: string;
      readonly database: number;
      readonly timeout: string;
      readonly tls: ToldRedisTls;
    };
  };
  readonly overload: { readonly loop_delay: string; readonly memory_percent: number };
  readonly last_good: { readonly enabled: boolean; readonly wait: string };
  readonly plugin_sources: {
    readonly allow: readonly string[];
    readonly public_keys: readonly string[];
    readonly refresh_interval: string;
    readonly cache: { readonly path: string; readonly max_mib: number };
  };
  readonly drain: { readonly delay: string; readonly timeout: string };
}

/** The settings that hold where nothing is said. */
export function defaultSettings(): Settings {
  const result = readSettings({});
  if (!('settings' in result)) throw new Error('the defaults of the settings are not valid');
  return result.settings;
}

/**
 * The settings of the top level of a loom.yaml without its sections of objects; or what is wrong with them. Paths of files
 * start at `folder`.
 */
export function readSettings(
  value: Readonly<Record<string, unknown>>,
  folder = '.',
): { readonly settings: Settings } | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [...aboutAccessLog(value)];
  if (problems.length > 0) return { problems };
  const copy = toStructure(withLongAccessLog(value), settingsSchema, '', problems);
  problems.push(...checkSchema(copy, settingsSchema, ''));
  if (problems.length > 0) return { problems };
  const told = copy as Told;
  const { limits, plugin_sources: plugins } = told;
  const { redis } = told.rate_limits;
  const redisTls = toRedisTls(redis.tls, folder, problems);
  const ms = (text: string, path: string, least: number): number => {
    const length = toMs(text);
    if (length < least) problems.push({ path, message: 'must be more than 0' });
    if (length > maxDurationMs) problems.push({ path, message: 'must be at most 596h' });
    return length;
  };
  const address = (text: string, path: string): { host: string; port: number } => {
    const parsed = toAddress(text);
    if (!parsed)
      problems.push({
        path,
        message: 'must be host:port or :port, such as 127.0.0.1:8080, [::1]:8080 or :8080',
      });
    return parsed ?? { host: '', port: 0 };
  };
  const listeners = told.listeners.map((listener, i): ListenerSettings => {
    const { name, protocol, address: text, tls, redirect_to_https: httpsPort } = listener;
    const { max_connections: most, max_connections_per_address: mostOfOne } = listener;
    const path = `/listeners/${i}`;
    if (tls && protocol !== 'https')
      problems.push({ path: `${path}/tls`, message: 'is for a listener with protocol: https' });
    const http3 = toHttp3(listener, path, problems);
    if (httpsPort !== 0 && protocol === 'https')
      problems.push({ path: `${path}/redirect_to_https`, message: 'is for a listener with protocol: http' });
    return {
      name,
      ...address(text, `${path}/address`),
      protocol,
      ...(tls && { tls: toTls(tls, folder) }),
      ...(httpsPort !== 0 && { httpsPort }),
      ...(http3 && { http3 }),
      ...(listener.proxy_protocol && { proxyProtocol: true }),
      ...(most > 0 && { maxConnections: most }),
      ...(mostOfOne > 0 && { maxConnectionsPerAddress: mostOfOne }),
    };
  });
  for (const [i, { host, port }] of listeners.entries()) {
    const clash = listeners
      .slice(0, i)
      .find((other) => port !== 0 && other.port === port && other.host === host);
    if (clash)
      problems.push({
        path: `/listeners/${i}/address`,
        message: `is the address of listener ${clash.name} too`,
      });
  }
  const redacted = told.access_log.redact.query.map((name) => name.toLowerCase());
  const tracing = toTracing(told.tracing, folder, redacted, problems, ms);
  const settings: Settings = {
    listeners,
    limits: {
      maxRequestBodyBytes: limits.max_request_body_bytes,
      maxHeaderBytes: limits.max_header_bytes,
      maxHeaders: limits.max_headers,
      paths: { escapedSlashes: told.paths.escaped_slashes, mergeSlashes: told.paths.merge_slashes },
      headerTimeoutMs: ms(limits.header_timeout, '/limits/header_timeout', 1),
      keepAliveMs: ms(limits.keep_alive, '/limits/keep_alive', 1),
      clientIdleMs: ms(limits.client_idle, '/limits/client_idle', 1),
      tunnelIdleMs: ms(limits.tunnel_idle, '/limits/tunnel_idle', 0),
      halfClose: limits.half_close,
      http2MaxStreams: limits.http2_max_streams,
      http2ResetsPerSecond: limits.http2_resets_per_second,
      http2OverheadBytesPerSecond: limits.http2_overhead_bytes_per_second,
    },
    workers: told.workers || availableParallelism(),
    admin: { enabled: told.admin.enabled, ...address(told.admin.address, '/admin/address') },
    metrics: told.metrics.prometheus,
    accessLog: toAccessLog(told.access_log, folder, problems),
    ...(tracing && { tracing }),
    logLevel: told.log_level,
    trustedProxies: told.trusted_proxies.map((text, i) => {
      const network = toNetwork(text);
      if (!network) {
        const path = `/trusted_proxies/${i}`;
        problems.push({ path, message: 'must be an IP address or a network such as 10.0.0.0/8' });
      }
      return network ?? text;
    }),
    trustedHops: told.trusted_hops,
    zone: told.zone || (process.env['LOOM_ZONE'] ?? ''),
    stickySecret: told.sticky_secret,
    rateLimits: {
      maxKeys: told.rate_limits.max_keys,
      redis: redis.addresses.map((text, i) => ({
        ...address(text, `/rate_limits/redis/addresses/${i}`),
        username: redis.username,
        passwordFile: redis.password_file && resolve(folder, redis.password_file),
        database: redis.database,
        ...(redisTls && { tls: redisTls }),
      })),
      redisTimeoutMs: ms(redis.timeout, '/rate_limits/redis/timeout', 1),
    },
    overload: {
      loopDelayMs: ms(told.overload.loop_delay, '/overload/loop_delay', 0),
      memoryPercent: told.overload.memory_percent,
    },
    lastGood: { enabled: told.last_good.enabled, waitMs: ms(told.last_good.wait, '/last_good/wait', 0) },
    pluginSources: {
      allow: plugins.allow,
      publicKeys: plugins.public_keys,
      cachePath: plugins.cache.path,
      cacheBytes: plugins.cache.max_mib * 1024 * 1024,
      refreshMs: ms(plugins.refresh_interval, '/plugin_sources/refresh_interval', 1),
    },
    drain: {
      delayMs: ms(told.drain.delay, '/drain/delay', 0),
      timeoutMs: ms(told.drain.timeout, '/drain/timeout', 0),
    },
  };
  return problems.length > 0 ? { problems } : { settings };
}

const toTls = (tls: NonNullable<Listener['tls']>, folder: string): ListenerTls => ({
  ...(tls.client_ca !== undefined && { clientCa: resolve(folder, tls.client_ca) }),
  clientAuth: tls.client_auth,
  minVersion: tls.min_version,
});

/** `:8080` has an empty host, which means every address of the machine, IPv6 and IPv4. */
function toAddress(text: string): { host: string; port: number } | undefined {
  const [, v6, name = '', digits] = /^(?:\[([^\]]+)\]|([^:]*)):([0-9]{1,5})$/.exec(text) ?? [];
  if (digits === undefined || Number(digits) > 65535 || (v6 !== undefined && isIP(v6) !== 6))
    return undefined;
  return { host: v6 ?? name, port: Number(digits) };
}

function toNetwork(text: string): string | undefined {
  const [, address = '', bits] = /^([^/]+)(?:\/([0-9]{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  return bits !== undefined && Number(bits) > longest ? undefined : `${address}/${bits ?? longest}`;
}
