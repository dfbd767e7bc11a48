import type { Case, Use } from './case.ts';

const hello = { headers: [['content-type', 'text/plain']] as const, body: ['hello'] };
const json = [['content-type', 'application/json']] as const;
const use = (module: string, config: object): readonly Use[] => [{ module, config: JSON.stringify(config) }];

const rename = {
  reqRules: [
    { operate: 'remove', headers: [{ key: 'x-remove' }] },
    { operate: 'rename', headers: [{ oldKey: 'x-old', newKey: 'x-renamed' }] },
    { operate: 'replace', headers: [{ key: 'x-replace', newValue: 'replaced' }] },
    { operate: 'add', headers: [{ key: 'x-add', value: 'added' }] },
    { operate: 'append', headers: [{ key: 'x-append', appendValue: 'appended' }] },
    { operate: 'map', headers: [{ fromKey: 'x-replace', toKey: 'x-mapped' }] },
    { operate: 'dedupe', headers: [{ key: 'x-dedupe', strategy: 'RETAIN_FIRST' }] },
  ],
  respRules: [
    { operate: 'add', headers: [{ key: 'x-out', value: 'added' }] },
    { operate: 'remove', headers: [{ key: 'x-secret' }] },
  ],
};
const acl = { consumers: { ann: { deniedCidrs: ['127.0.0.0/8'] }, bob: { allowedCidrs: ['127.0.0.0/8'] } } };
const masking = {
  deny_openai: false,
  deny_raw: true,
  system_deny: false,
  deny_code: 403,
  deny_raw_message: '{"errmsg":"denied"}',
  deny_content_type: 'application/json',
  deny_words: ['forbidden'],
};
const auth = {
  http_service: {
    endpoint_mode: 'envoy',
    endpoint: { service_name: 'other.static', service_port: 80, path_prefix: '/auth' },
    timeout: 5000,
    authorization_request: { allowed_headers: [{ exact: 'x-token' }] },
    authorization_response: { allowed_upstream_headers: [{ exact: 'x-user' }] },
  },
};
const router = {
  modelKey: 'model',
  modelToHeader: 'x-model',
  targetHeader: 'x-target',
  enableOnPathSuffix: ['/chat'],
};

/**
 * Binaries that are in production with Higress, of Go but for ai-data-masking, which is of Rust. Loom runs them as they come.
 * Envoy does not know their version of the ABI, so for it they say 0.2.1.
 */
export const higress: readonly Case[] = [
  {
    name: 'transformer: changes headers',
    chain: use('transformer', rename),
    path: '/a?x=1',
    headers: [
      ['x-remove', '1'],
      ['x-old', 'old'],
      ['x-replace', 'old'],
      ['x-append', 'first'],
      ['x-dedupe', 'one'],
      ['x-dedupe', 'two'],
    ],
    answer: { ...hello, headers: [...hello.headers, ['x-secret', '1']] },
    status: 200,
    shows: 'x-out: added',
  },
  {
    name: 'transformer: changes queries',
    chain: use('transformer', {
      reqRules: [
        { operate: 'remove', querys: [{ key: 'gone' }] },
        { operate: 'add', querys: [{ key: 'added', value: '1' }] },
      ],
    }),
    path: '/a?gone=1&kept=2',
    answer: hello,
    status: 200,
    shows: 'kept=2',
  },
  {
    name: 'transformer: changes JSON bodies in both directions',
    chain: use('transformer', {
      reqRules: [{ operate: 'replace', body: [{ key: 'name', newValue: 'bob', value_type: 'string' }] }],
      respRules: [{ operate: 'add', body: [{ key: 'more', value: '7', value_type: 'number' }] }],
    }),
    method: 'POST',
    headers: json,
    body: ['{"name":"ann","age":1}'],
    answer: { headers: json, body: ['{"answer":42}'] },
    status: 200,
    shows: 'bob',
  },
  {
    name: 'transformer: lets pass what has no rule',
    chain: use('transformer', rename),
    method: 'POST',
    headers: json,
    body: ['{"name":"ann"}'],
    answer: hello,
    status: 200,
  },
  {
    name: 'gpustack-ip-acl: refuses an address',
    chain: use('gpustack-ip-acl', acl),
    headers: [['x-mse-consumer', 'ann']],
    answer: hello,
    status: 403,
  },
  {
    name: 'gpustack-ip-acl: lets an address pass',
    chain: use('gpustack-ip-acl', acl),
    headers: [['x-mse-consumer', 'bob']],
    answer: hello,
    status: 200,
  },
  {
    name: 'ai-data-masking: refuses a word',
    chain: use('ai-data-masking', masking),
    method: 'POST',
    headers: json,
    body: ['{"text":"this is forbidden here"}'],
    answer: hello,
    status: 403,
    shows: 'denied',
  },
  {
    name: 'ai-data-masking: lets pass',
    chain: use('ai-data-masking', masking),
    method: 'POST',
    headers: json,
    body: ['{"text":"this is fine"}'],
    answer: { headers: json, body: ['{"ok":true}'] },
    status: 200,
  },
  {
    name: 'gpustack-ext-auth: lets pass what it is not for',
    chain: use('gpustack-ext-auth', auth),
    headers: [['x-token', 'secret']],
    answer: hello,
    status: 200,
  },
  {
    name: 'gpustack-generic-proxy-router: puts the model of the body into a header',
    chain: use('gpustack-generic-proxy-router', router),
    method: 'POST',
    path: '/v1/chat',
    headers: json,
    body: ['{"model":"small","messages":[]}'],
    status: 200,
  },
  {
    name: 'gpustack-set-header-pre-route: knows the route',
    chain: use('gpustack-set-header-pre-route', {
      routeNameHeader: 'x-route',
      clusterNameHeader: 'x-cluster',
      enableOnPathSuffix: ['/chat'],
    }),
    path: '/v1/chat',
    status: 200,
    differs: { why: 'The older names of attributes are served.', shows: 'x-cluster' },
  },
  {
    name: 'gpustack-token-usage: passes what is not for it',
    chain: use('gpustack-token-usage', { realIPToHeader: 'x-gpustack-real-ip' }),
    path: '/other',
    status: 200,
  },
  {
    name: 'ai-statistics: passes an answer of a model',
    chain: use('ai-statistics', {}),
    method: 'POST',
    path: '/v1/chat/completions',
    headers: json,
    body: ['{"model":"small","messages":[]}'],
    answer: {
      headers: json,
      body: ['{"model":"small","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}'],
    },
    status: 200,
    shows: 'total_tokens',
  },
  {
    name: 'gpustack-lb-least-load: passes what has no candidates',
    chain: use('gpustack-lb-least-load', {}),
    status: 200,
  },
];
