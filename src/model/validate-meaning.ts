import { isIP } from 'node:net';
import { RE2JS } from 're2js';
import type {
  LoomRouteSpec,
  LoomRouteSpecRule,
  LoomRouteSpecRuleBasicAuth,
  LoomRouteSpecRuleExternalAuth,
  LoomRouteSpecRuleJwtProvider,
  LoomRouteSpecRuleRateLimit,
  LoomRouteSpecRuleRetries,
  LoomUpstreamSpec,
  LoomUpstreamSpecDns,
} from '../api/types.gen.ts';
import { errors } from '../errors.ts';
import { maxDurationMs, toMs } from './duration.ts';
import { parseHtpasswd } from './htpasswd.ts';
import type { Problem } from './problem.ts';
import { checkTexts } from './validate-texts.ts';

/** What neither schema nor CEL can say; the API server lets these pass, so they end up in conditions. */

/** Fields that frame a message or belong to one connection (RFC 9110 section 7.6.1, RFC 9112 section 6). */
const framing = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function checkRoute(spec: LoomRouteSpec): readonly Problem[] {
  return spec.rules.flatMap((rule, i) => [...checkRule(rule, `/spec/rules/${i}`)]);
}

function* checkRule(rule: LoomRouteSpecRule, at: string): Generator<Problem> {
  for (const [i, match] of (rule.matches ?? []).entries()) {
    const path = `${at}/matches/${i}`;
    if (match.path?.type === 'Regex') yield* checkRegex(match.path.value, `${path}/path/value`);
    for (const list of ['headers', 'query'] as const) {
      for (const [j, { type, value }] of (match[list] ?? []).entries()) {
        if (type === 'Regex') yield* checkRegex(value ?? '', `${path}/${list}/${j}/value`);
      }
    }
  }
  for (const [name, text] of Object.entries(rule.timeouts ?? {}))
    yield* checkDuration(text, `${at}/timeouts/${name}`, 0);
  if (rule.retries) yield* checkRetries(rule.retries, `${at}/retries`);
  for (const name of ['requestHeaders', 'responseHeaders'] as const) {
    const { set, add, remove } = rule[name] ?? {};
    for (const [j, header] of (set ?? []).entries())
      yield* checkHeader(header.name, `${at}/${name}/set/${j}/name`);
    for (const [j, header] of (add ?? []).entries())
      yield* checkHeader(header.name, `${at}/${name}/add/${j}/name`);
    for (const [j, header] of (remove ?? []).entries())
      yield* checkHeader(header, `${at}/${name}/remove/${j}`);
  }
  if (rule.faults?.delay) yield* checkDuration(rule.faults.delay.duration, `${at}/faults/delay/duration`, 1);
  yield* checkTexts(rule, at, (name) => checkCaptures(`/:${name}`, rule, '').length === 0);
  for (const list of ['allow', 'deny'] as const)
    for (const [i, network] of (rule.ipAccess?.[list] ?? []).entries())
      yield* checkNetwork(network, `${at}/ipAccess/${list}/${i}`);
  for (const [i, { type, value }] of (rule.cors?.allowOrigins ?? []).entries())
    if (type === 'Regex') yield* checkRegex(value, `${at}/cors/allowOrigins/${i}/value`);
  if (rule.cors) yield* checkDuration(rule.cors.maxAge, `${at}/cors/maxAge`, 0);
  for (const [i, { codes = [] }] of (rule.errorResponses ?? []).entries())
    for (const [j, code] of codes.entries())
      if (!Object.hasOwn(errors, code))
        yield { path: `${at}/errorResponses/${i}/codes/${j}`, message: `there is no code ${code}` };
  for (const [i, limit] of (rule.rateLimits ?? []).entries())
    yield* checkRateLimit(limit, rule, `${at}/rateLimits/${i}`);
  for (const [i, provider] of (rule.jwt?.providers ?? []).entries())
    yield* checkProvider(provider, `${at}/jwt/providers/${i}`);
  if (rule.jwt) yield* checkDuration(rule.jwt.clockSkew, `${at}/jwt/clockSkew`, 0);
  if (rule.basicAuth) yield* checkBasicAuth(rule.basicAuth, `${at}/basicAuth`);
  if (rule.basicAuth && rule.jwt && !rule.jwt.optional && !rule.jwt.tokenFrom)
    yield {
      path: `${at}/basicAuth`,
      message: 'nothing could pass: jwt reads Authorization too; give it tokenFrom',
    };
  if (rule.externalAuth) yield* checkExternalAuth(rule.externalAuth, `${at}/externalAuth`);
  for (const name of ['rewrite', 'redirect'] as const) {
    const change = rule[name]?.path;
    if (change?.type === 'Full') yield* checkCaptures(change.value, rule, `${at}/${name}/path/value`);
  }
}

const maxBackoffMs = 60_000;

function* checkRetries({ backoff, maxRetryAfter }: LoomRouteSpecRuleRetries, at: string): Generator<Problem> {
  yield* checkDuration(maxRetryAfter, `${at}/maxRetryAfter`, 0);
  if (toMs(backoff.max) > maxBackoffMs) yield { path: `${at}/backoff/max`, message: 'must be at most 60s' };
  if (toMs(backoff.base) > toMs(backoff.max))
    yield { path: `${at}/backoff/base`, message: 'must not be more than backoff.max' };
}

export function checkUpstream(spec: LoomUpstreamSpec): readonly Problem[] {
  const { healthCheck, outlierDetection, circuitBreaker, stickyCookie, slowStart, pool, dns } = spec;
  return [
    ...(spec.endpoints ?? []).flatMap(({ address }, i) =>
      checkAddress(address, `/spec/endpoints/${i}/address`),
    ),
    ...checkDuration(spec.connectTimeout, '/spec/connectTimeout', 0),
    ...(dns ? checkDns(spec, dns) : []),
    ...(pool ? checkDuration(pool.idleTimeout, '/spec/pool/idleTimeout', 0) : []),
    ...(pool ? checkDuration(pool.maxAge, '/spec/pool/maxAge', 0) : []),
    ...(pool && pool.prewarm > 0 && toMs(pool.idleTimeout) === 0
      ? [
          {
            path: '/spec/pool/prewarm',
            message: 'needs connections that are kept: an idleTimeout of more than 0s',
          },
        ]
      : []),
    ...checkOutliers(outlierDetection),
    ...(stickyCookie?.ttl ? checkDuration(stickyCookie.ttl, '/spec/stickyCookie/ttl', 1000) : []),
    ...(slowStart ? checkDuration(slowStart.window, '/spec/slowStart/window', 1) : []),
    ...(healthCheck ? checkDuration(healthCheck.interval, '/spec/healthCheck/interval', 100) : []),
    ...(healthCheck ? checkDuration(healthCheck.timeout, '/spec/healthCheck/timeout', 1) : []),
    ...(circuitBreaker ? checkDuration(circuitBreaker.timeout, '/spec/circuitBreaker/timeout', 1) : []),
  ];
}

function checkOutliers(outliers: LoomUpstreamSpec['outlierDetection']): readonly Problem[] {
  if (!outliers) return [];
  const at = '/spec/outlierDetection';
  return [
    ...checkDuration(outliers.interval, `${at}/interval`, 100),
    ...checkDuration(outliers.ejectionTime, `${at}/ejectionTime`, 1),
    ...checkDuration(outliers.maxEjectionTime, `${at}/maxEjectionTime`, 1),
    ...(toMs(outliers.maxEjectionTime) < toMs(outliers.ejectionTime)
      ? [{ path: `${at}/maxEjectionTime`, message: 'must not be less than ejectionTime' }]
      : []),
  ];
}

function* checkDns(
  { tls, protocol, endpoints = [] }: LoomUpstreamSpec,
  { minInterval, maxInterval }: LoomUpstreamSpecDns,
): Generator<Problem> {
  yield* checkDuration(minInterval, '/spec/dns/minInterval', 100);
  yield* checkDuration(maxInterval, '/spec/dns/maxInterval', 100);
  if (toMs(minInterval) > toMs(maxInterval))
    yield { path: '/spec/dns/minInterval', message: 'must not be more than dns.maxInterval' };
  const isSecure = protocol === 'Https' || protocol === 'H2' || protocol === 'Grpcs';
  const hosts = new Set(endpoints.map(({ address }) => address));
  if (isSecure && tls?.serverName === undefined && hosts.size > 1)
    yield { path: '/spec/dns', message: 'needs tls.serverName where the endpoints have several names' };
}

const maxPeriodMs = 86_400_000;
/** A bucket that is empty must be full again before the clock of buckets can overflow. */
const maxRefillMs = 31 * maxPeriodMs;

function* checkRateLimit(
  { requests, per, burst = requests, key = [] }: LoomRouteSpecRuleRateLimit,
  rule: LoomRouteSpecRule,
  at: string,
): Generator<Problem> {
  const ms = toMs(per);
  if (ms < 1000 || ms > maxPeriodMs || ms % 1000 !== 0)
    yield { path: `${at}/per`, message: 'must be a whole number of seconds, from 1s to 24h' };
  else if (requests / ms > 1000)
    yield { path: `${at}/requests`, message: 'must be at most 1000000 for each second of per' };
  else if ((burst * ms) / requests > maxRefillMs)
    yield { path: `${at}/burst`, message: 'must come back within 31 days' };
  for (const [i, { type, name = '' }] of key.entries()) {
    if (type === 'PathParameter') yield* checkCaptures(`/:${name}`, rule, `${at}/key/${i}/name`);
  }
}

function* checkProvider(
  { jwks, jwksUrl, refreshInterval, claimHeaders = [] }: LoomRouteSpecRuleJwtProvider,
  at: string,
): Generator<Problem> {
  if (jwks !== undefined) yield* checkKeys(jwks, `${at}/jwks`);
  if (jwksUrl !== undefined && !URL.canParse(jwksUrl))
    yield { path: `${at}/jwksUrl`, message: 'is not a URL' };
  yield* checkDuration(refreshInterval, `${at}/refreshInterval`, 1000);
  for (const [i, { header }] of claimHeaders.entries())
    yield* checkHeader(header, `${at}/claimHeaders/${i}/header`);
}

function checkKeys(text: string, path: string): readonly Problem[] {
  const bad = (why: string): readonly Problem[] => [{ path, message: `is not a JSON Web Key Set: ${why}` }];
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch (error) {
    return bad((error as Error).message);
  }
  const keys: unknown = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys) || keys.length === 0) return bad('it needs a list "keys" with at least one key');
  const types = keys.map((key: unknown) =>
    typeof key === 'object' && key ? (key as { kty?: unknown }).kty : '',
  );
  const odd = types.findIndex((type) => !['RSA', 'EC', 'OKP', 'AKP'].includes(String(type)));
  // A shared secret does not belong into an object that everyone may read.
  return odd < 0 ? [] : bad(`keys[${odd}] has kty ${String(types[odd])}; only public keys can be used`);
}

function* checkBasicAuth({ users, userHeader }: LoomRouteSpecRuleBasicAuth, at: string): Generator<Problem> {
  if (users !== undefined)
    for (const message of parseHtpasswd(users).problems) yield { path: `${at}/users`, message };
  if (userHeader !== undefined) yield* checkHeader(userHeader, `${at}/userHeader`);
}

function* checkExternalAuth(auth: LoomRouteSpecRuleExternalAuth, at: string): Generator<Problem> {
  yield* checkDuration(auth.timeout, `${at}/timeout`, 1);
  for (const list of ['upstreamHeaders', 'responseHeaders'] as const)
    for (const [i, name] of (auth[list] ?? []).entries()) yield* checkHeader(name, `${at}/${list}/${i}`);
}

function checkNetwork(network: string, path: string): readonly Problem[] {
  const [address = '', bits] = network.split('/');
  const family = isIP(address);
  if (family === 0) return [{ path, message: 'is neither an IP address nor a network such as 10.0.0.0/8' }];
  const most = family === 4 ? 32 : 128;
  return bits !== undefined && Number(bits) > most
    ? [{ path, message: `must have at most ${most} bits` }]
    : [];
}

function checkRegex(expression: string, path: string): readonly Problem[] {
  try {
    RE2JS.compile(expression);
    return [];
  } catch (error) {
    return [
      {
        path,
        message: `is not an RE2 expression: ${error instanceof Error ? error.message : String(error)}`,
      },
    ];
  }
}

function checkDuration(text: string, path: string, leastMs: number): readonly Problem[] {
  const ms = toMs(text);
  if (ms < leastMs)
    return [{ path, message: leastMs === 1 ? 'must be more than 0' : `must be at least ${leastMs}ms` }];
  return ms > maxDurationMs ? [{ path, message: 'must be at most 596h' }] : [];
}

function checkHeader(name: string, path: string): readonly Problem[] {
  const lower = name.toLowerCase();
  if (lower === 'host') return [{ path, message: 'host cannot be changed here; rewrite.host changes it' }];
  return framing.has(lower)
    ? [{ path, message: `${lower} cannot be changed: it belongs to the connection` }]
    : [];
}

/** A colon is in no host name, and a name that ends in a number is a mistyped IPv4 address (WHATWG URL, "ends in a number"). */
function checkAddress(address: string, path: string): readonly Problem[] {
  if (isIP(address) !== 0) return [];
  if (address.includes(':'))
    return [{ path, message: 'is not an IPv6 address; the port has a field of its own' }];
  const last = address.split('.').findLast((label) => label !== '') ?? '';
  return /^[0-9]+$/.test(last) ? [{ path, message: 'is neither an IP address nor a host name' }] : [];
}

const names = (text: string): readonly string[] => text.split('/').filter((part) => part.startsWith(':'));

/** A `:name` in a replacement must be captured by every match of the rule, or some requests would lose the segment. */
function checkCaptures(value: string, rule: LoomRouteSpecRule, path: string): readonly Problem[] {
  const matches = rule.matches ?? [{}];
  return names(value).flatMap((name) => {
    const captured = matches.every(({ path: p }) => p?.type === 'Pattern' && names(p.value).includes(name));
    return captured ? [] : [{ path, message: `${name} is not captured by every match of the rule` }];
  });
}
