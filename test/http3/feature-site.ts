import type { IncomingMessage, ServerResponse } from 'node:http';
import { startBackend, type Backend } from '../support/backend.ts';
import { bodyScripts, scriptedGuest } from '../support/scripted.ts';

/** Compresses well. */
export const large = 'again and again '.repeat(50_000);

/**
 * Says back what it was asked, as an `Echo`, with trailers at `/sums`; but `/flaky` is 503 twice for each client, `/stuck` answers from the second time on, `/silent` never,
 * `/large` is long, `/stream` goes on for ever, and that of the name `auth` says no to those who have no key.
 */
export function featureBackend(name: string): Promise<Backend> {
  const times = new Map<string, number>();
  return startBackend((request, response) => {
    const { url = '', headers } = request;
    const key = `${url} ${String(headers['x-who'])}`;
    const time = (times.get(key) ?? 0) + 1;
    times.set(key, time);
    if (name === 'auth') response.writeHead(headers['x-key'] ? 200 : 403, { 'x-user': 'ann' }).end('no');
    else if (url.endsWith('/flaky') && time <= 2) response.writeHead(503).end();
    else if (url.endsWith('/silent') || (url.endsWith('/stuck') && time === 1)) request.resume();
    else if (url.endsWith('/stream')) response.write('first');
    else if (url.endsWith('/large'))
      response.writeHead(200, { 'content-type': 'text/plain', etag: '"one"' }).end(large);
    else sayBack(name, request, response);
  });
}

function sayBack(backend: string, request: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    const body = Buffer.concat(pieces).toString();
    const echo = JSON.stringify({ backend, method, url, headers, body });
    // Plugins hear of the end of a body by its trailers, where there are some.
    if (!url.endsWith('/sums')) return response.end(echo);
    response.write(echo);
    response.addTrailers({ 'x-sum': String(body.length) });
    return response.end();
  });
}

/** Routes by their paths, and what holds on them. */
const routes: Readonly<Record<string, string>> = {
  '/direct': 'direct_response: { status: 200, body: pong }',
  '/old': 'redirect: { path: { type: Full, value: /new }, status: 301 }',
  '/users/:id':
    'upstream: web, rewrite: { path: { type: Full, value: /people/:id } }, request_headers: { set: { x-id: "${param.id}" }, remove: [x-secret] }, response_headers: { set: { x-served-by: loom } }',
  '/missing': 'upstream: missing',
  '/closed': 'upstream: closed, retries: { attempts: 0 }',
  '/again/*':
    'upstream: web, retries: { attempts: 2, statuses: [503], methods: [GET, POST], backoff: { base: 1ms }, budget: { percent: 100, floor: 8 } }',
  '/slow/*': 'upstream: web, timeouts: { per_try: 300ms }, retries: { causes: timeout, attempts: 10 }',
  '/hang/*': 'upstream: web, timeouts: { request: 100ms }, retries: { attempts: 0 }',
  '/limited':
    'direct_response: { status: 200 }, rate_limits: { requests: 2, per: 1h, key: ["header:x-who"] }',
  '/script':
    'upstream: web, methods: [PUT], cors: { allow_origins: ["https://*.example.com"], allow_credentials: true }',
  '/packed/*': 'upstream: web, compression: {}',
  '/unpacked': 'upstream: web, decompression: { max_bytes: 100000 }',
  '/small': 'upstream: web, max_request_body_bytes: 1000',
  '/mirrored': 'upstream: web, mirrors: { shadow: 100 }',
  '/sticky': 'upstream: sticky',
  '/hashed': 'upstream: hashed',
  '/inside': 'upstream: web, ip_access: { allow: [192.0.2.0/24] }',
  '/guarded': 'upstream: web, basic_auth: { secret_ref: staff, realm: the staff, user_header: x-user }',
  '/token':
    'upstream: web, jwt: { providers: [{ name: main, issuer: "https://issuer.example", audiences: [shop], jwks_url: "KEYS" }] }',
  '/asked/*':
    'upstream: web, external_auth: { upstream: auth, request_headers: [x-key, x-who], upstream_headers: [x-user], timeout: 30s }',
  '/failing/:id':
    'upstream: web, faults: { abort: { status: 502 } }, error_responses: [{ codes: [fault-injected], bodies: [{ content_type: application/json, text: \'{"id":"${param.id}"}\' }] }]',
  ...Object.fromEntries(
    Object.keys(bodyScripts).map((name) => [`/plugin/${name}/*`, `upstream: web, plugins: [${name}]`]),
  ),
};

/** `ports`: of one, two, three, shadow, auth. */
export function featureConfig(
  ports: readonly number[],
  { passwords, keys }: { readonly passwords: string; readonly keys: string },
): string {
  const [one, two, three, shadow, auth] = ports.map((port) => `"127.0.0.1:${port}"`);
  const lines = Object.entries(routes).map(
    ([path, rest], i) =>
      `  - { id: r${i}, hosts: [localhost], tls: own, path: "${path}", ${rest.replace('KEYS', keys)} }`,
  );
  const guests = Object.entries(bodyScripts).map(
    ([name, script]) =>
      `  - { name: ${name}, path: "${scriptedGuest}", config: "${script}", capabilities: { allow: [RequestBody, ResponseBody] } }`,
  );
  return `
trusted_proxies: [127.0.0.1]
sticky_secret: a secret of this test
access_log: { enabled: true, fields: [path, query, protocol, status, client] }
password_files: [{ name: staff, path: ${passwords} }]
routes:
${lines.join('\n')}
upstreams:
  - { name: web, endpoints: [${one}] }
  - { name: shadow, endpoints: [${shadow}] }
  - { name: auth, endpoints: [${auth}] }
  - { name: closed, endpoints: ["127.0.0.1:1"] }
  - { name: sticky, sticky_cookie: { name: sid, ttl: 1h }, endpoints: [${one}, ${two}, ${three}] }
  - { name: hashed, load_balancer: consistent_hash, consistent_hash: { key: client_ip }, endpoints: [${one}, ${two}, ${three}] }
plugins:
${guests.join('\n')}
`;
}
