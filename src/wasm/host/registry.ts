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
import type { HostFunction } from './host-function.ts';
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
import { wasiFunctions } from './wasi-registry.ts';

/**
 * Every function that a Proxy-Wasm module may import, in all versions of the ABI at once: a module gets those that it asks
 * for. A line without `run` is part of the ABI and not there yet. docs/proxy-wasm.md has the same table.
 */
export const registry: readonly HostFunction[] = [
  { module: 'env', name: 'proxy_log', params: 'iii', since: '0.1.0', needs: 'Log', run: proxyLog },
  { module: 'env', name: 'proxy_get_log_level', params: 'i', since: '0.2.1', run: proxyGetLogLevel },
  {
    module: 'env',
    name: 'proxy_get_current_time_nanoseconds',
    params: 'i',
    since: '0.1.0',
    run: proxyGetCurrentTimeNanoseconds,
  },
  {
    module: 'env',
    name: 'proxy_set_tick_period_milliseconds',
    params: 'i',
    since: '0.1.0',
    needs: 'Ticks',
    run: proxySetTickPeriodMilliseconds,
  },
  {
    module: 'env',
    name: 'proxy_set_effective_context',
    params: 'i',
    since: '0.1.0',
    run: proxySetEffectiveContext,
  },
  { module: 'env', name: 'proxy_done', params: '', since: '0.1.0', run: proxyDone },
  { module: 'env', name: 'proxy_get_status', params: 'iii', since: '0.1.0', run: proxyGetStatus },
  {
    module: 'env',
    name: 'proxy_get_configuration',
    params: 'ii',
    since: '0.1.0',
    run: proxyGetConfiguration,
  },
  {
    module: 'env',
    name: 'proxy_get_property',
    params: 'iiii',
    since: '0.1.0',
    needs: 'Properties',
    run: proxyGetProperty,
  },
  {
    module: 'env',
    name: 'proxy_set_property',
    params: 'iiii',
    since: '0.1.0',
    needs: 'Properties',
    run: proxySetProperty,
  },
  {
    module: 'env',
    name: 'proxy_get_buffer_bytes',
    params: 'iiiii',
    since: '0.1.0',
    needs: messageBodies,
    run: proxyGetBufferBytes,
  },
  {
    module: 'env',
    name: 'proxy_get_buffer_status',
    params: 'iii',
    since: '0.1.0',
    needs: messageBodies,
    run: proxyGetBufferStatus,
  },
  {
    module: 'env',
    name: 'proxy_set_buffer_bytes',
    params: 'iiiii',
    since: '0.1.0',
    needs: messageBodies,
    run: proxySetBufferBytes,
  },
  {
    module: 'env',
    name: 'proxy_get_header_map_size',
    params: 'ii',
    since: '0.1.0',
    needs: messageMaps,
    run: proxyGetHeaderMapSize,
  },
  {
    module: 'env',
    name: 'proxy_get_header_map_pairs',
    params: 'iii',
    since: '0.1.0',
    needs: messageMaps,
    run: proxyGetHeaderMapPairs,
  },
  {
    module: 'env',
    name: 'proxy_set_header_map_pairs',
    params: 'iii',
    since: '0.1.0',
    needs: messageMaps,
    run: proxySetHeaderMapPairs,
  },
  {
    module: 'env',
    name: 'proxy_get_header_map_value',
    params: 'iiiii',
    since: '0.1.0',
    needs: messageMaps,
    run: proxyGetHeaderMapValue,
  },
  {
    module: 'env',
    name: 'proxy_add_header_map_value',
    params: 'iiiii',
    since: '0.1.0',
    needs: messageMaps,
    run: proxyAddHeaderMapValue,
  },
  {
    module: 'env',
    name: 'proxy_replace_header_map_value',
    params: 'iiiii',
    since: '0.1.0',
    needs: messageMaps,
    run: proxyReplaceHeaderMapValue,
  },
  {
    module: 'env',
    name: 'proxy_remove_header_map_value',
    params: 'iii',
    since: '0.1.0',
    needs: messageMaps,
    run: proxyRemoveHeaderMapValue,
  },
  {
    module: 'env',
    name: 'proxy_send_local_response',
    params: 'iiiiiiii',
    since: '0.1.0',
    needs: 'LocalResponse',
    run: proxySendLocalResponse,
  },
  { module: 'env', name: 'proxy_continue_stream', params: 'i', since: '0.2.0', run: proxyContinueStream },
  { module: 'env', name: 'proxy_close_stream', params: 'i', since: '0.2.0', run: proxyCloseStream },
  { module: 'env', name: 'proxy_continue_request', params: '', since: '0.1.0', run: proxyContinueRequest },
  { module: 'env', name: 'proxy_continue_response', params: '', since: '0.1.0', run: proxyContinueResponse },
  {
    module: 'env',
    name: 'proxy_clear_route_cache',
    params: '',
    since: '0.1.0',
    needs: 'Routing',
    run: proxyClearRouteCache,
  },
  {
    module: 'env',
    name: 'proxy_http_call',
    params: 'iiiiiiiiii',
    since: '0.1.0',
    needs: 'Calls',
    run: proxyHttpCall,
  },
  {
    module: 'env',
    name: 'proxy_grpc_call',
    params: 'iiiiiiiiiiii',
    since: '0.1.0',
    needs: 'Calls',
    run: proxyGrpcCall,
  },
  {
    module: 'env',
    name: 'proxy_grpc_stream',
    params: 'iiiiiiiii',
    since: '0.1.0',
    needs: 'Calls',
    run: proxyGrpcStream,
  },
  {
    module: 'env',
    name: 'proxy_grpc_send',
    params: 'iiii',
    since: '0.1.0',
    needs: 'Calls',
    run: proxyGrpcSend,
  },
  {
    module: 'env',
    name: 'proxy_grpc_cancel',
    params: 'i',
    since: '0.1.0',
    needs: 'Calls',
    run: proxyGrpcCancel,
  },
  {
    module: 'env',
    name: 'proxy_grpc_close',
    params: 'i',
    since: '0.1.0',
    needs: 'Calls',
    run: proxyGrpcClose,
  },
  {
    module: 'env',
    name: 'proxy_get_shared_data',
    params: 'iiiii',
    since: '0.1.0',
    needs: 'SharedData',
    run: proxyGetSharedData,
  },
  {
    module: 'env',
    name: 'proxy_set_shared_data',
    params: 'iiiii',
    since: '0.1.0',
    needs: 'SharedData',
    run: proxySetSharedData,
  },
  {
    module: 'env',
    name: 'proxy_register_shared_queue',
    params: 'iii',
    since: '0.1.0',
    needs: 'SharedQueues',
    run: proxyRegisterSharedQueue,
  },
  {
    module: 'env',
    name: 'proxy_resolve_shared_queue',
    params: 'iiiii',
    since: '0.1.0',
    needs: 'SharedQueues',
    run: proxyResolveSharedQueue,
  },
  {
    module: 'env',
    name: 'proxy_enqueue_shared_queue',
    params: 'iii',
    since: '0.1.0',
    needs: 'SharedQueues',
    run: proxyEnqueueSharedQueue,
  },
  {
    module: 'env',
    name: 'proxy_dequeue_shared_queue',
    params: 'iii',
    since: '0.1.0',
    needs: 'SharedQueues',
    run: proxyDequeueSharedQueue,
  },
  {
    module: 'env',
    name: 'proxy_define_metric',
    params: 'iiii',
    since: '0.1.0',
    needs: 'Metrics',
    run: proxyDefineMetric,
  },
  {
    module: 'env',
    name: 'proxy_increment_metric',
    params: 'iI',
    since: '0.1.0',
    needs: 'Metrics',
    run: proxyIncrementMetric,
  },
  {
    module: 'env',
    name: 'proxy_record_metric',
    params: 'iI',
    since: '0.1.0',
    needs: 'Metrics',
    run: proxyRecordMetric,
  },
  {
    module: 'env',
    name: 'proxy_get_metric',
    params: 'ii',
    since: '0.1.0',
    needs: 'Metrics',
    run: proxyGetMetric,
  },
  {
    module: 'env',
    name: 'proxy_call_foreign_function',
    params: 'iiiiii',
    since: '0.2.0',
    needs: 'ForeignFunctions',
    run: proxyCallForeignFunction,
  },
  {
    module: 'env',
    name: 'proxy_redis_init',
    params: 'iiiiiii',
    since: '0.2.100',
    needs: 'Redis',
    run: proxyRedisInit,
  },
  {
    module: 'env',
    name: 'proxy_redis_call',
    params: 'iiiii',
    since: '0.2.100',
    needs: 'Redis',
    run: proxyRedisCall,
  },
  {
    module: 'env',
    name: 'proxy_inject_encoded_data_to_filter_chain',
    params: 'iii',
    since: '0.2.100',
    needs: 'ResponseBody',
    run: proxyInjectEncodedDataToFilterChain,
  },
  {
    module: 'env',
    name: 'proxy_get_upstream_hosts',
    params: 'ii',
    since: '0.2.100',
    needs: 'Routing',
    run: proxyGetUpstreamHosts,
  },
  {
    module: 'env',
    name: 'proxy_set_upstream_override_host',
    params: 'ii',
    since: '0.2.100',
    needs: 'Routing',
    run: proxySetUpstreamOverrideHost,
  },
  {
    module: 'env',
    name: 'envoy_resolve_dns',
    params: 'iii',
    since: 'Envoy',
    needs: 'Calls',
    run: envoyResolveDns,
  },
  { module: 'env', name: 'pthread_equal', params: 'ii', since: 'emscripten', run: pthreadEqual },
  {
    module: 'env',
    name: 'emscripten_notify_memory_growth',
    params: 'i',
    since: 'emscripten',
    run: emscriptenNotifyMemoryGrowth,
  },
  ...wasiFunctions,
];

const byName: ReadonlyMap<string, HostFunction> = new Map(
  registry.map((entry) => [`${entry.module}.${entry.name}`, entry]),
);

/** The line for an import; WASI's older module name means the same functions. */
export const hostFunction = (module: string, name: string): HostFunction | undefined =>
  byName.get(`${module === 'wasi_unstable' ? 'wasi_snapshot_preview1' : module}.${name}`);

/** What a module asks for, without the memories that the engine gives it. */
export const functionImports = (module: WebAssembly.Module): readonly WebAssembly.ModuleImportDescriptor[] =>
  WebAssembly.Module.imports(module).filter(({ kind }) => kind === 'function');

/** Imports of a module, as `module.name`, that nothing stands behind. */
export function unimplementedImports(module: WebAssembly.Module): readonly string[] {
  return functionImports(module)
    .filter((wanted) => !hostFunction(wanted.module, wanted.name)?.run)
    .map((wanted) => `${wanted.module}.${wanted.name}`);
}
