/**
 * Fields in which proxies may differ, and why: framing and connections are each proxy's own affair (docs/proxy-wasm.md says how
 * Loom tells lengths); times, ids and the proxy's own name differ by nature; the rest only one of the two adds.
 */
const own = [
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'x-request-id',
  'x-loom-error',
];

export const isOwn = (name: string): boolean => own.includes(name) || name.startsWith('x-envoy-');
