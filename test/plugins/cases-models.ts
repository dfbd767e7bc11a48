import { probe, type Case, type Use } from './case.ts';

const json = [['content-type', 'application/json']] as const;
const stream = [['content-type', 'text/event-stream']] as const;
const use = (module: string, config: object): Use => ({ module, config: JSON.stringify(config) });
const events = (...list: readonly object[]): string[] =>
  list.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`);

const chat = {
  method: 'POST',
  path: '/v1/chat/completions',
  headers: json,
  body: [
    JSON.stringify({
      model: 'small',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hi' },
      ],
    }),
  ],
};
/** Asked of it as of an OpenAI. Its answers say in seconds when they were made. */
const claude = [
  use('gpustack-ai-proxy', {
    provider: { type: 'claude', apiTokens: ['sk-1'], modelMapping: { small: 'claude-x' } },
  }),
];

/**
 * The chain of the balancer gpustack-lb: it publishes candidates, others rank them, and it chooses. Envoy does not load it, as it
 * imports calls to Redis; so a probe publishes here, and another reads the ranks. test/plugins/redis.test.ts has the whole chain.
 */
const ranked = (...uses: readonly Use[]): readonly Use[] => [
  probe(`request_headers set_property gpustack_lb_candidates ${JSON.stringify({ candidates })}`),
  ...uses,
  probe('request_headers property gpustack_lb_ranks'),
];
const candidates = ['one', 'two', 'three'].map((name, i) => ({
  cluster: `outbound|80||${name}.static`,
  kind: 'instance',
  modelName: name,
  inflight: [5, 0, 2][i],
  penalty: 0,
}));
const rank = (name: string, weight: number, one: number, three: number, two: number): string => {
  const scores = {
    'outbound|80||one.static': one,
    'outbound|80||three.static': three,
    'outbound|80||two.static': two,
  };
  return JSON.stringify([{ name, weight, scores }]);
};
const affinity = (...sessionKeys: readonly object[]): Use =>
  use('gpustack-lb-session-affinity', { sessionKeys, enableOnPathSuffix: ['/chat/completions'] });
const decision = (criteria: object): Use =>
  use('gpustack-lb-decision-service', {
    decisionModel: 'judge',
    provider: {
      type: 'systemone',
      endpoint: 'http://other.static:80',
      apiToken: 'sk-1',
      cluster: 'outbound|80||other.static',
    },
    modelSelection: { criteria },
  });
const heldBack = 'The end of a body that a paused head held back is a callback of its own.';

/** Plugins that stand before language models, speaking with what answers as those do. */
export const models: readonly Case[] = [
  {
    name: 'gpustack-ai-proxy: asks a Claude for what was asked of an OpenAI',
    chain: claude,
    ...chat,
    answer: {
      status: 400,
      headers: json,
      body: ['{"type":"error","error":{"type":"invalid_request_error"}}'],
    },
    status: 400,
    shows: '/v1/messages',
  },
  {
    name: 'gpustack-ai-proxy: gives the answer of a Claude as that of an OpenAI',
    chain: claude,
    ...chat,
    answer: {
      headers: json,
      body: [
        JSON.stringify({
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'claude-x',
          content: [{ type: 'text', text: 'hello' }],
          stop_reason: 'end_turn',
          usage: { input_tokens: 9, output_tokens: 3 },
        }),
      ],
    },
    varies: /"created":\d+/g,
    status: 200,
    shows: '"total_tokens":12',
  },
  {
    name: 'gpustack-ai-proxy: gives the events of a Claude as those of an OpenAI',
    chain: claude,
    ...chat,
    body: ['{"model":"small","stream":true,"messages":[{"role":"user","content":"hi"}]}'],
    answer: {
      headers: stream,
      body: events(
        {
          type: 'message_start',
          message: {
            id: 'msg_1',
            type: 'message',
            role: 'assistant',
            model: 'claude-x',
            content: [],
            usage: { input_tokens: 9, output_tokens: 1 },
          },
        },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hel' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
        { type: 'message_stop' },
      ),
    },
    varies: /"created":\d+/g,
    status: 200,
    shows: 'chat.completion.chunk',
  },
  {
    name: 'gpustack-lb-least-load: ranks by the load of candidates',
    chain: ranked(use('gpustack-lb-least-load', { enableOnPathSuffix: ['/chat/completions'] })),
    ...chat,
    status: 200,
    shows: rank('gpustack-lb-least-load', 1, 1 / 6, 1 / 3, 1),
  },
  {
    name: 'gpustack-lb-session-affinity: ranks the same for each request of a session',
    chain: ranked(affinity({ header: 'x-session' })),
    ...chat,
    headers: [...json, ['x-session', 'ann']],
    times: 2,
    status: 200,
    shows: rank('gpustack-lb-session-affinity', 1, 0.25, 0.5, 1),
  },
  {
    name: 'gpustack-lb-session-affinity: finds the session in the body',
    chain: ranked(affinity({ header: 'x-session' }, { bodyKey: 'messages.0.content' })),
    ...chat,
    status: 200,
    shows: rank('gpustack-lb-session-affinity', 1, 1, 0.5, 0.25),
    differs: { why: heldBack, shows: rank('gpustack-lb-session-affinity', 1, 1, 0.5, 0.25) },
  },
  {
    name: 'gpustack-lb-decision-service: asks a service which model is for the task',
    chain: ranked(decision({ one: 'short answers', two: 'proofs', three: 'code' })),
    ...chat,
    called: {
      headers: json,
      body: [
        JSON.stringify({
          answers: {
            model_selection: {
              choice: 'three',
              confidence: 0.5,
              probabilities: { one: 0.25, two: 0.125, three: 0.625 },
            },
          },
        }),
      ],
    },
    status: 200,
    shows: rank('gpustack-lb-decision-service', 5, 0.25, 0.625, 0.125),
    differs: { why: heldBack, shows: rank('gpustack-lb-decision-service', 5, 0.25, 0.625, 0.125) },
  },
  {
    name: 'gpustack-lb-decision-service: ranks nothing when the service fails',
    chain: ranked(decision({ one: 'short answers', two: 'proofs', three: 'code' })),
    ...chat,
    called: { status: 500 },
    status: 200,
    shows: 'gpustack_lb_ranks -> 1',
    differs: { why: heldBack, shows: 'gpustack_lb_ranks -> 1' },
  },
];
