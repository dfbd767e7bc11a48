import type { LoomKind } from '../model/schema.ts';
import { isRecord } from '../model/schema.ts';
import { toToken } from '../model/problem.ts';

/** A value with the place where the user wrote it. `whole`: everything inside was made of that one place. */
export class Told {
  readonly value: unknown;
  readonly from: string;
  readonly whole: boolean;

  constructor(value: unknown, from: string, whole = false) {
    this.value = value;
    this.from = from;
    this.whole = whole;
  }
}

function told(value: unknown, from: string): Told {
  return value instanceof Told ? value : new Told(value, from);
}

/** Says what is wrong with a field of the value that the form was given; that field is to stay as it was written. */
type Complain = (field: string, message: string) => void;

/** From a short form to the next longer one; anything else is given back as it is, for validation to refuse. */
export type Form = (value: unknown, from: string, complain: Complain) => unknown;

type Fields = Readonly<Record<string, unknown>>;

/** Fields without a value, as YAML has them after a bare `key:`, count as absent, as for the API server. */
function present(value: unknown): Fields | undefined {
  if (!isRecord(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => (inner instanceof Told ? inner.value : inner) !== null),
  );
}

/** Moves a short field to its place unless one of the long fields is there too. */
function move(value: Fields, short: string, long: string, complain: Complain, make: () => unknown): Fields {
  if (value[short] === undefined) return value;
  if (value[long] !== undefined) {
    complain(short, `cannot stand beside ${long}`);
    return value;
  }
  const { [short]: _, ...rest } = value;
  return { ...rest, [long]: make() };
}

const ofText =
  (make: (text: string) => unknown): Form =>
  (value, from) => {
    const made = typeof value === 'string' ? make(value) : undefined;
    return made === undefined ? value : new Told(made, from, true);
  };

/** A map by name, as people write it, is a list of named entries in the API. */
const namedList =
  (entry: (name: string, value: unknown) => unknown): Form =>
  (value, from) =>
    isRecord(value)
      ? Object.entries(value).map(
          ([name, inner]) => new Told(entry(name, inner), `${from}/${toToken(name)}`, !isRecord(inner)),
        )
      : value;

const scalar = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;

const reference = (text: string): Fields => {
  const slash = text.indexOf('/');
  return slash === -1 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
};

const service = (text: string): unknown => {
  const [, name, port] = /^(.+):([0-9]{1,5})$/.exec(text) ?? [];
  return name === undefined ? undefined : { ...reference(name), port: Number(port) };
};

/** nginx' search for an expression, said as a match of the whole text. */
function wholeOf(search: string, start: string, flags = ''): string {
  const anchored = search.startsWith(`^${start}`) && !search.includes('|') && flags === '';
  if (!anchored) return `${start && `${start}?`}.*(?${flags}:${search}).*`;
  return search.endsWith('$') && !search.endsWith('\\$') ? search.slice(1, -1) : `${search.slice(1)}.*`;
}

/** `= /x` and a plain path are exact, `/x/*` is a prefix, `:name` and other `*` a pattern, `~ x` and `~* x` expressions. */
function pathOf(text: string): Fields {
  const [, sign, operand = ''] = /^(=|~\*?)\s*(.*)$/.exec(text) ?? [];
  if (sign === '=') return { type: 'Exact', value: operand };
  if (sign) return { type: 'Regex', value: wholeOf(operand, '/', sign === '~*' ? 'i' : '') };
  if (text.includes('/:')) return { type: 'Pattern', value: text };
  if (!text.includes('*')) return { type: 'Exact', value: text };
  return text.endsWith('/*') && text.indexOf('*') === text.length - 1
    ? { type: 'Prefix', value: text.slice(0, -2) || '/' }
    : { type: 'Pattern', value: text };
}

function valueMatch(name: string, value: unknown): unknown {
  if (isRecord(value)) return { name, ...value };
  const text = scalar(value);
  if (typeof text !== 'string' || !text.startsWith('~ ')) return { name, value: text };
  return { name, type: 'Regex', value: wholeOf(text.slice(2).trim(), '') };
}

const endpoint: Form = (value, from, complain) => {
  if (typeof value !== 'string') return value;
  const [, v6, host, port] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(value) ?? [];
  if (port !== undefined) return new Told({ address: v6 ?? host, port: Number(port) }, from, true);
  complain('', 'must be host:port, such as localhost:3000 or [::1]:3000');
  return value;
};

const backend: Form = (value, from) => {
  if (typeof value === 'string') return new Told({ upstreamRef: reference(value) }, from, true);
  if (!isRecord(value) || value['name'] === undefined) return value;
  const { name, namespace, ...rest } = value;
  const ref = namespace === undefined ? name : { name: new Told(name, `${from}/name`), namespace };
  return { ...rest, upstreamRef: new Told(ref, namespace === undefined ? `${from}/name` : from) };
};

const rule: Form = (given, from, complain) => {
  const value = present(given);
  if (!value) return given;
  const at = (field: string): Told => told(value[field], `${from}/${field}`);
  const conditions = ['path', 'methods', 'headers', 'query'].filter((field) => value[field] !== undefined);
  let out: Fields = value;
  if (conditions.length > 0 && value['matches'] === undefined) {
    const others = conditions.filter((field) => field !== 'path').map((field) => [field, at(field)] as const);
    const { value: one, from: where } = at('path');
    const paths: readonly (Told | undefined)[] = Array.isArray(one)
      ? one.map((item, i) => new Told(item, `${where}/${i}`))
      : [one === undefined ? undefined : at('path')];
    const matches = paths.map(
      (path) => new Told({ ...(path && { path }), ...Object.fromEntries(others) }, from),
    );
    out = { ...without(out, conditions), matches: new Told(matches, from) };
  } else {
    for (const field of conditions) complain(field, 'cannot stand beside matches');
  }
  if (out['upstream'] !== undefined && out['upstreams'] !== undefined)
    complain('upstream', 'cannot stand beside upstreams');
  else out = move(out, 'upstream', 'backends', complain, () => [at('upstream')]);
  out = move(out, 'upstreams', 'backends', complain, () => at('upstreams'));
  return move(
    out,
    'timeout',
    'timeouts',
    complain,
    () => new Told({ request: at('timeout') }, `${from}/timeout`),
  );
};

const isRouteField = (key: string): boolean => /^(hosts?|tls|rules|class[_-]?[nN]ame)$/.test(key);

const route: Form = (given, from, complain) => {
  const value = present(given);
  if (!value) return given;
  const all = move(value, 'host', 'hosts', complain, () => new Told(value['host'], `${from}/host`));
  const inner = Object.keys(all).filter((key) => !isRouteField(key));
  if (all['rules'] !== undefined) {
    for (const key of inner) complain(key, 'cannot stand beside rules; it belongs into one of them');
    return all;
  }
  const main = Object.fromEntries(inner.map((key) => [key, new Told(all[key], `${from}/${toToken(key)}`)]));
  return { ...without(all, inner), rules: new Told([new Told({ name: 'main', ...main }, from)], from) };
};

/** As Istio reads a URL: without a scheme it is an image. */
function sourceOf(url: unknown, from: string): Fields {
  const [, scheme, rest] = typeof url === 'string' ? (/^(https?|file):\/\/(.*)$/.exec(url) ?? []) : [];
  if (scheme === 'file') return { file: new Told({ path: rest }, from, true) };
  return scheme === undefined
    ? { oci: new Told({ image: url }, from, true) }
    : { http: new Told({ url }, from, true) };
}

const plugin: Form = (given, from, complain) => {
  const value = present(given);
  if (!value) return given;
  const at = (field: string): Told => told(value[field], `${from}/${field}`);
  if (value['path'] !== undefined && value['url'] !== undefined) {
    complain('url', 'cannot stand beside path');
    return value;
  }
  const made = move(value, 'path', 'source', complain, () => new Told({ file: { path: at('path') } }, from));
  return move(
    made,
    'url',
    'source',
    complain,
    () => new Told(sourceOf(at('url').value, at('url').from), from),
  );
};

const externalAuth: Form = (given, from, complain) => {
  if (typeof given === 'string') return new Told({ upstreamRef: reference(given) }, from, true);
  const value = present(given);
  if (!value) return given;
  const upstreamAt = (): Told => told(value['upstream'], `${from}/upstream`);
  return move(value, 'upstream', 'upstreamRef', complain, upstreamAt);
};

const upstream: Form = (given, from, complain) => {
  const value = present(given);
  if (!value) return given;
  return move(value, 'service', 'serviceRef', complain, () => new Told(value['service'], `${from}/service`));
};

function without(value: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

const headerList = namedList((name, value) => ({ name, value: scalar(value) }));

const limitList = namedList((name, value) =>
  isRecord(value) ? { name, ...value } : { name, requests: value },
);

/** `client_ip`, or `header:x-api-key`. */
function keyPart(text: string): Fields {
  const colon = text.indexOf(':');
  return colon === -1 ? { type: text } : { type: text.slice(0, colon), name: text.slice(colon + 1).trim() };
}

/** By place in the spec; `*` stands for any index. */
export const forms: Readonly<Record<LoomKind, Readonly<Record<string, Form>>>> = {
  LoomRoute: {
    '': route,
    '/tls': ofText((text) => ({ secretRef: reference(text) })),
    '/tls/secretRef': ofText(reference),
    '/rules/*': rule,
    '/rules/*/matches/*/path': ofText(pathOf),
    '/rules/*/matches/*/headers': namedList(valueMatch),
    '/rules/*/matches/*/query': namedList(valueMatch),
    '/rules/*/backends': namedList((name, weight) => ({ upstreamRef: reference(name), weight })),
    '/rules/*/backends/*': backend,
    '/rules/*/backends/*/upstreamRef': ofText(reference),
    '/rules/*/backends/*/serviceRef': ofText(service),
    '/rules/*/mirrors': namedList((name, percent) => ({ upstreamRef: reference(name), percent })),
    '/rules/*/mirrors/*': backend,
    '/rules/*/mirrors/*/upstreamRef': ofText(reference),
    '/rules/*/mirrors/*/serviceRef': ofText(service),
    '/rules/*/plugins/*': ofText(reference),
    '/rules/*/cors': (value, from) => {
      const origins = typeof value === 'string' || Array.isArray(value);
      return origins ? new Told({ allowOrigins: new Told(value, from) }, from, true) : value;
    },
    '/rules/*/cors/allowOrigins/*': ofText((text) =>
      text.startsWith('~ ') ? { type: 'Regex', value: text.slice(2).trim() } : { value: text },
    ),
    '/rules/*/rateLimits': (value, from) =>
      isRecord(value) && !isRecord(value['requests']) && 'requests' in value
        ? [new Told({ name: 'default', ...value }, from)]
        : limitList(value, from, () => undefined),
    '/rules/*/rateLimits/*/key/*': ofText((text) => keyPart(text)),
    '/rules/*/externalAuth': externalAuth,
    '/rules/*/externalAuth/upstreamRef': ofText(reference),
    '/rules/*/externalAuth/serviceRef': ofText(service),
    '/rules/*/basicAuth': ofText((name) => ({ secretRef: reference(name) })),
    '/rules/*/basicAuth/secretRef': ofText(reference),
    '/rules/*/requestHeaders/set': headerList,
    '/rules/*/requestHeaders/add': headerList,
    '/rules/*/responseHeaders/set': headerList,
    '/rules/*/responseHeaders/add': headerList,
  },
  LoomUpstream: {
    '': upstream,
    '/serviceRef': ofText(service),
    '/endpoints/*': endpoint,
    '/healthCheck/headers': headerList,
    '/healthCheck/expectedStatuses/*': (value) => scalar(value),
    '/consistentHash/key/*': ofText((text) => keyPart(text)),
    '/tls/caSecretRef': ofText((name) => ({ name })),
    '/tls/caConfigMapRef': ofText((name) => ({ name })),
    '/tls/clientCertSecretRef': ofText((name) => ({ name })),
  },
  WasmPlugin: {
    '': plugin,
    '/source/oci': ofText((image) => ({ image })),
    '/source/oci/pullSecretRef': ofText((name) => ({ name })),
    '/source/http': ofText((url) => ({ url })),
    '/source/http/pullSecretRef': ofText((name) => ({ name })),
    '/source/file': ofText((path) => ({ path })),
    // Only what runs can be reloaded.
    '/failurePolicy': ofText((policy) =>
      policy.toLowerCase() === 'reload' ? { run: policy } : { fetch: policy, configure: policy, run: policy },
    ),
  },
};
