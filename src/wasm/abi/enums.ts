/** Numbers that cross the border, as the proxy-wasm spec 0.2.1 gives them. */

/** `proxy_log_level_t`, by index. The names are those of Loom's logger. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** `proxy_header_map_type_t` */
export const mapType = {
  requestHeaders: 0,
  requestTrailers: 1,
  responseHeaders: 2,
  responseTrailers: 3,
  grpcInitialMetadata: 4,
  grpcTrailingMetadata: 5,
  callResponseHeaders: 6,
  callResponseTrailers: 7,
} as const;

/** `proxy_buffer_type_t`; 9 is Higress' buffer of Redis answers. */
export const bufferType = {
  requestBody: 0,
  responseBody: 1,
  downstreamData: 2,
  upstreamData: 3,
  callResponseBody: 4,
  grpcMessage: 5,
  vmConfiguration: 6,
  pluginConfiguration: 7,
  callData: 8,
  redisAnswer: 9,
} as const;

/** `proxy_stream_type_t` */
export const streamType = { request: 0, response: 1, downstream: 2, upstream: 3 } as const;

/**
 * What a headers callback returns. 0 and 2 go on: 2 asks to end the stream with the headers, which this host does not do.
 * 1, 3, 4 and whatever a guest makes up stop, as in the C++ host, where a wild value means the most stopping action.
 */
export const pauses = (action: number): boolean => action !== 0 && action !== 2;
