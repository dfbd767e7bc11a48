import type { CapabilityFamily } from '../../model/plugin.ts';

/** A callback of the ABI. `family`: without that grant it is not called, as with Envoy's capability restriction. */
export interface Callback {
  /** The export of the module. */
  readonly name: string;
  readonly family?: CapabilityFamily;
  /** How solo.io's SDK for AssemblyScript spells it. */
  readonly alias?: string;
}

/** The callbacks that Loom knows, of all versions of the ABI (proxy-wasm spec 0.2.1, "Functions implemented in the Wasm module"). */
export const callbacks = {
  contextCreate: { name: 'proxy_on_context_create' },
  vmStart: { name: 'proxy_on_vm_start' },
  configure: { name: 'proxy_on_configure' },
  tick: { name: 'proxy_on_tick', family: 'Ticks' },
  requestHeaders: { name: 'proxy_on_request_headers', family: 'Headers' },
  requestBody: { name: 'proxy_on_request_body', family: 'RequestBody' },
  requestTrailers: { name: 'proxy_on_request_trailers', family: 'Headers' },
  responseHeaders: { name: 'proxy_on_response_headers', family: 'Headers' },
  responseBody: { name: 'proxy_on_response_body', family: 'ResponseBody' },
  responseTrailers: { name: 'proxy_on_response_trailers', family: 'Headers' },
  httpCallResponse: { name: 'proxy_on_http_call_response' },
  grpcInitialMetadata: { name: 'proxy_on_grpc_receive_initial_metadata' },
  grpcMessage: { name: 'proxy_on_grpc_receive' },
  grpcTrailingMetadata: {
    name: 'proxy_on_grpc_receive_trailing_metadata',
    alias: 'proxy_on_grpc_trailing_metadata',
  },
  grpcClose: { name: 'proxy_on_grpc_close' },
  redisCallResponse: { name: 'proxy_on_redis_call_response', family: 'Redis' },
  dnsResolved: { name: 'envoy_on_resolve_dns' },
  queueReady: { name: 'proxy_on_queue_ready', family: 'SharedQueues' },
  foreignFunction: { name: 'proxy_on_foreign_function', family: 'ForeignFunctions' },
  // Of TCP filters: nothing calls them before there are TCP routes, and then they are called like all others.
  newConnection: { name: 'proxy_on_new_connection' },
  downstreamData: { name: 'proxy_on_downstream_data', family: 'RequestBody' },
  downstreamClose: { name: 'proxy_on_downstream_connection_close' },
  upstreamData: { name: 'proxy_on_upstream_data', family: 'ResponseBody' },
  upstreamClose: { name: 'proxy_on_upstream_connection_close' },
  done: { name: 'proxy_on_done' },
  log: { name: 'proxy_on_log' },
  delete: { name: 'proxy_on_delete' },
} as const satisfies Readonly<Record<string, Callback>>;

export type CallbackKey = keyof typeof callbacks;
