import { compress, uncompress } from './compression.ts';
import { createExpression, deleteExpression, evaluateExpression } from './expressions.ts';
import { declare, setEnvoyFilterState } from './filter-state.ts';
import type { ForeignFunction } from './foreign-function.ts';
import { getLogLevel, injectOnHeader, setMaxRequestsPerCycle } from './higress.ts';
import { readField, readMessage, removeField, writeField, writeMessage } from './message.ts';
import { clearRouteCache } from './routing.ts';
import { sign, verifySignature } from './signatures.ts';

/** Every function of proxy_call_foreign_function; docs/proxy-wasm.md has the same names. */
export const foreignFunctions: ReadonlyMap<string, ForeignFunction> = new Map([
  ['compress', compress],
  ['uncompress', uncompress],
  ['clear_route_cache', clearRouteCache],
  ['set_envoy_filter_state', setEnvoyFilterState],
  ['declare_property', declare],
  ['verify_signature', verifySignature],
  ['sign', sign],
  ['expr_create', createExpression],
  ['expr_evaluate', evaluateExpression],
  ['expr_delete', deleteExpression],
  ['get_log_level', getLogLevel],
  ['set_global_max_requests_per_io_cycle', setMaxRequestsPerCycle],
  ['inject_encoded_data_to_filter_chain_on_header', injectOnHeader],
  ['loom.message.read', readMessage],
  ['loom.message.write', writeMessage],
  ['loom.field.read', readField],
  ['loom.field.write', writeField],
  ['loom.field.remove', removeField],
]);
