import {
  proxyGetBufferBytes,
  proxyGetBufferStatus,
  proxyGetConfiguration,
  proxySetBufferBytes,
} from './buffers.ts';
import { proxyDone, proxySetEffectiveContext } from './context.ts';
import { emscriptenNotifyMemoryGrowth, pthreadEqual } from './emscripten.ts';
import { proxyCallForeignFunction } from './foreign.ts';
import { messageBodies, messageMaps } from './grants.ts';
import {
  proxyGrpcCall,
  proxyGrpcCancel,
  proxyGrpcClose,
  proxyGrpcSend,
  proxyGrpcStream,
} from './grpc-call.ts';
import {
  proxyAddHeaderMapValue,
  proxyGetHeaderMapPairs,
  proxyGetHeaderMapSize,
  proxyGetHeaderMapValue,
  proxyRemoveHeaderMapValue,
  proxyReplaceHeaderMapValue,
  proxySetHeaderMapPairs,
} from './headers.ts';
import type { Need } from './grants.ts';
import type { HostFunction, HostFunctionBody } from './host-function.ts';
import { proxyGetStatus, proxyHttpCall } from './http-call.ts';
import { proxySendLocalResponse } from './local-response.ts';
import { proxyGetLogLevel, proxyLog } from './log.ts';
import { proxyDefineMetric, proxyGetMetric, proxyIncrementMetric, proxyRecordMetric } from './metrics.ts';
import { proxyGetProperty, proxySetProperty } from './properties.ts';
import { proxyRedisCall, proxyRedisInit } from './redis-call.ts';
import { envoyResolveDns } from './resolve-dns.ts';
import { proxyGetSharedData, proxySetSharedData } from './shared-data.ts';
import {
  proxyDequeueSharedQueue,
  proxyEnqueueSharedQueue,
  proxyRegisterSharedQueue,
  proxyResolveSharedQueue,
} from './shared-queue.ts';
import {
  proxyClearRouteCache,
  proxyCloseStream,
  proxyContinueRequest,
  proxyContinueResponse,
  proxyContinueStream,
  proxyInjectEncodedDataToFilterChain,
} from './stream.ts';
import { proxySetTickPeriodMilliseconds } from './tick.ts';
import { proxyGetCurrentTimeNanoseconds } from './time.ts';
import { proxyGetUpstreamHosts, proxySetUpstreamOverrideHost } from './upstream-hosts.ts';

/** One line of the table below. Without `needs` it is always there, without `run` it is not there yet. */
const env = (
  name: string,
  params: string,
  since: HostFunction['since'],
  run?: HostFunctionBody,
  needs?: Need,
): HostFunction => ({
  module: 'env',
  name,
  params,
  since,
  ...(run && { run }),
  ...(needs && { needs }),
});

/** The functions of the module `env`. docs/proxy-wasm.md has the same table. */
export const envFunctions: readonly HostFunction[] = [
  env('proxy_log', 'iii', '0.1.0', proxyLog, 'Log'),
  env('proxy_get_log_level', 'i', '0.2.1', proxyGetLogLevel),
  env('proxy_get_current_time_nanoseconds', 'i', '0.1.0', proxyGetCurrentTimeNanoseconds),
  env('proxy_set_tick_period_milliseconds', 'i', '0.1.0', proxySetTickPeriodMilliseconds, 'Ticks'),
  env('proxy_set_effective_context', 'i', '0.1.0', proxySetEffectiveContext),
  env('proxy_done', '', '0.1.0', proxyDone),
  env('proxy_get_status', 'iii', '0.1.0', proxyGetStatus),
  env('proxy_get_configuration', 'ii', '0.1.0', proxyGetConfiguration),
  env('proxy_get_property', 'iiii', '0.1.0', proxyGetProperty, 'Properties'),
  env('proxy_set_property', 'iiii', '0.1.0', proxySetProperty, 'Properties'),
  env('proxy_get_buffer_bytes', 'iiiii', '0.1.0', proxyGetBufferBytes, messageBodies),
  env('proxy_get_buffer_status', 'iii', '0.1.0', proxyGetBufferStatus, messageBodies),
  env('proxy_set_buffer_bytes', 'iiiii', '0.1.0', proxySetBufferBytes, messageBodies),
  env('proxy_get_header_map_size', 'ii', '0.1.0', proxyGetHeaderMapSize, messageMaps),
  env('proxy_get_header_map_pairs', 'iii', '0.1.0', proxyGetHeaderMapPairs, messageMaps),
  env('proxy_set_header_map_pairs', 'iii', '0.1.0', proxySetHeaderMapPairs, messageMaps),
  env('proxy_get_header_map_value', 'iiiii', '0.1.0', proxyGetHeaderMapValue, messageMaps),
  env('proxy_add_header_map_value', 'iiiii', '0.1.0', proxyAddHeaderMapValue, messageMaps),
  env('proxy_replace_header_map_value', 'iiiii', '0.1.0', proxyReplaceHeaderMapValue, messageMaps),
  env('proxy_remove_header_map_value', 'iii', '0.1.0', proxyRemoveHeaderMapValue, messageMaps),
  env('proxy_send_local_response', 'iiiiiiii', '0.1.0', proxySendLocalResponse, 'LocalResponse'),
  env('proxy_continue_stream', 'i', '0.2.0', proxyContinueStream),
  env('proxy_close_stream', 'i', '0.2.0', proxyCloseStream),
  env('proxy_continue_request', '', '0.1.0', proxyContinueRequest),
  env('proxy_continue_response', '', '0.1.0', proxyContinueResponse),
  env('proxy_clear_route_cache', '', '0.1.0', proxyClearRouteCache, 'Routing'),
  env('proxy_http_call', 'iiiiiiiiii', '0.1.0', proxyHttpCall, 'Calls'),
  env('proxy_grpc_call', 'iiiiiiiiiiii', '0.1.0', proxyGrpcCall, 'Calls'),
  env('proxy_grpc_stream', 'iiiiiiiii', '0.1.0', proxyGrpcStream, 'Calls'),
  env('proxy_grpc_send', 'iiii', '0.1.0', proxyGrpcSend, 'Calls'),
  env('proxy_grpc_cancel', 'i', '0.1.0', proxyGrpcCancel, 'Calls'),
  env('proxy_grpc_close', 'i', '0.1.0', proxyGrpcClose, 'Calls'),
  env('proxy_get_shared_data', 'iiiii', '0.1.0', proxyGetSharedData, 'SharedData'),
  env('proxy_set_shared_data', 'iiiii', '0.1.0', proxySetSharedData, 'SharedData'),
  env('proxy_register_shared_queue', 'iii', '0.1.0', proxyRegisterSharedQueue, 'SharedQueues'),
  env('proxy_resolve_shared_queue', 'iiiii', '0.1.0', proxyResolveSharedQueue, 'SharedQueues'),
  env('proxy_enqueue_shared_queue', 'iii', '0.1.0', proxyEnqueueSharedQueue, 'SharedQueues'),
  env('proxy_dequeue_shared_queue', 'iii', '0.1.0', proxyDequeueSharedQueue, 'SharedQueues'),
  env('proxy_define_metric', 'iiii', '0.1.0', proxyDefineMetric, 'Metrics'),
  env('proxy_increment_metric', 'iI', '0.1.0', proxyIncrementMetric, 'Metrics'),
  env('proxy_record_metric', 'iI', '0.1.0', proxyRecordMetric, 'Metrics'),
  env('proxy_get_metric', 'ii', '0.1.0', proxyGetMetric, 'Metrics'),
  env('proxy_call_foreign_function', 'iiiiii', '0.2.0', proxyCallForeignFunction, 'ForeignFunctions'),
  env('proxy_redis_init', 'iiiiiii', '0.2.100', proxyRedisInit, 'Redis'),
  env('proxy_redis_call', 'iiiii', '0.2.100', proxyRedisCall, 'Redis'),
  env(
    'proxy_inject_encoded_data_to_filter_chain',
    'iii',
    '0.2.100',
    proxyInjectEncodedDataToFilterChain,
    'ResponseBody',
  ),
  env('proxy_get_upstream_hosts', 'ii', '0.2.100', proxyGetUpstreamHosts, 'Routing'),
  env('proxy_set_upstream_override_host', 'ii', '0.2.100', proxySetUpstreamOverrideHost, 'Routing'),
  env('envoy_resolve_dns', 'iii', 'Envoy', envoyResolveDns, 'Calls'),
  env('pthread_equal', 'ii', 'emscripten', pthreadEqual),
  env('emscripten_notify_memory_growth', 'i', 'emscripten', emscriptenNotifyMemoryGrowth),
];
