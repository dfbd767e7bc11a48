import type { Case } from './case.ts';

const hello = { headers: [['content-type', 'text/plain']] as const, body: ['hello'] };
const secret = { headers: [['content-type', 'text/plain']] as const, body: ['this is a secret word'] };

const rust = (version: string): readonly Case[] => {
  const uses = (name: string, config?: string): Case['chain'] => [
    { module: `rust-${version}-${name}`, ...(config === undefined ? {} : { config }) },
  ];
  return [
    {
      name: `Rust ${version}, http_headers: answers itself`,
      chain: uses('http_headers'),
      path: '/hello',
      status: 200,
      shows: 'Hello, World!',
    },
    {
      name: `Rust ${version}, http_headers: lets pass`,
      chain: uses('http_headers'),
      path: '/other',
      status: 200,
    },
    {
      name: `Rust ${version}, http_body: redacts`,
      chain: uses('http_body'),
      answer: secret,
      status: 200,
      shows: 'Original message body (21 bytes) redacted.',
    },
    {
      name: `Rust ${version}, http_body: redacts what comes in pieces`,
      chain: uses('http_body'),
      answer: { body: ['this is a sec', 'ret word'] },
      status: 200,
      shows: 'redacted',
    },
    {
      name: `Rust ${version}, http_body: leaves alone`,
      chain: uses('http_body'),
      answer: hello,
      status: 200,
      shows: 'hello',
    },
    {
      name: `Rust ${version}, http_config: adds a configured header`,
      chain: uses('http_config', 'from the configuration'),
      answer: hello,
      status: 200,
      shows: 'custom-header: from the configuration',
    },
    {
      name: `Rust ${version}, http_auth_random: goes on with an even byte`,
      chain: uses('http_auth_random'),
      answer: hello,
      called: { body: ['\u0002'] },
      status: 200,
      shows: 'powered-by: proxy-wasm',
    },
    {
      name: `Rust ${version}, http_auth_random: refuses with an odd byte`,
      chain: uses('http_auth_random'),
      answer: hello,
      called: { body: ['\u0003'] },
      status: 403,
      shows: 'Access forbidden.',
    },
  ];
};

const addHeader = (sdk: string, config?: string): Case => ({
  name: `AssemblyScript, ${sdk}: adds a header, ${config === undefined ? 'without' : 'with'} a configuration`,
  chain: [
    { module: `as-${sdk}-add-header`, rootId: 'add_header', ...(config === undefined ? {} : { config }) },
  ],
  answer: hello,
  status: 200,
  shows: `hello: ${config ?? 'world!'}`,
});

/** Plugins that others made, as they come; those of Higress say for Envoy's sake that they are of ABI 0.2.1. */
export const others: readonly Case[] = [
  ...['0.1.4', '0.2.0'].flatMap(rust),
  addHeader('gcore'),
  addHeader('gcore', 'all of you'),
  // The other SDK traps when there is no configuration.
  addHeader('solo', 'all of you'),
];
