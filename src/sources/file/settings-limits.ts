import { duration, section } from './settings-sections.ts';

export const limitsSchema = section('What a client may ask for.', {
  max_request_body_bytes: {
    type: 'integer',
    format: 'int64',
    description:
      'Largest request body; a larger one is answered with 413. 0 means no limit: bodies are streamed, not held. A rule can say otherwise.',
    minimum: 0,
    default: 0,
  },
  max_header_bytes: {
    type: 'integer',
    format: 'int32',
    description: 'Largest request head; a larger one is answered with 431.',
    minimum: 1024,
    maximum: 1048576,
    default: 65536,
  },
  max_headers: {
    type: 'integer',
    format: 'int32',
    description: 'Most fields of a request head; more are answered with 431.',
    minimum: 16,
    maximum: 10000,
    default: 1000,
  },
  header_timeout: {
    ...duration,
    description: 'Time for the whole request head to arrive.',
    default: '15s',
  },
  keep_alive: {
    ...duration,
    description: 'Time that a client may keep an idle connection.',
    default: '75s',
  },
  client_idle: {
    ...duration,
    description: 'Longest silence of a client in the middle of a request body.',
    default: '60s',
  },
  tunnel_idle: {
    ...duration,
    description:
      'Longest silence of a WebSocket or another upgraded connection, in both directions. 0s means no limit. A rule can say otherwise.',
    default: '1h',
  },
  half_close: {
    type: 'boolean',
    description:
      'A client of HTTP/1 that has ended its side of the connection behind a whole request gets its answer. false: it counts as gone, and its request is given up, also at the upstream.',
    default: false,
  },
  http2_max_streams: {
    type: 'integer',
    format: 'int32',
    description: 'Requests that a client may have at once on a connection of HTTP/2.',
    minimum: 1,
    maximum: 1000,
    default: 128,
  },
  http2_resets_per_second: {
    type: 'integer',
    format: 'int32',
    description:
      'Requests of HTTP/2 that a client may take back on a connection, beyond one for each that it lets end; ten times as many at once.',
    minimum: 1,
    maximum: 100000,
    default: 100,
  },
  http2_overhead_bytes_per_second: {
    type: 'integer',
    format: 'int32',
    description:
      'Bytes of frames that a connection of HTTP/2 may have for nothing: neither of a request nor of a body, nor in return for a response. Eight times as many at once.',
    minimum: 4096,
    maximum: 100000000,
    default: 16384,
  },
});

export const pathsSchema = section('How paths are normalised, beyond what is done to all.', {
  escaped_slashes: {
    type: 'string',
    description:
      'What becomes of `%2F` in a path. keep: it stays an escape, and is data of its segment. reject: it is answered with 400, and so is `%5C`. decode: it is a separator like any other, for upstreams that decode it themselves.',
    enum: ['keep', 'reject', 'decode'],
    default: 'keep',
  },
  merge_slashes: {
    type: 'boolean',
    description:
      'Empty segments are merged: `//a//b` is `/a/b`. Turn it off for upstreams to which they mean something.',
    default: true,
  },
});
