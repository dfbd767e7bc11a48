import { expect } from 'chai';
import { status, type Status } from '../../../src/wasm/abi/status.ts';
import { registry } from '../../../src/wasm/host/registry.ts';
import { anExchange, plugin, randomOf, respond, seedFor } from '../world.ts';
import { caller } from './caller.ts';

const { ok, notFound, badArgument, serializationFailure, parseFailure, empty } = status;
const { casMismatch, internalFailure, unimplemented } = status;

/**
 * What each function may answer. First what the Rust SDK goes on with; it ends the instance on anything else. Then what Envoy
 * answers beside that, where a plugin made a mistake that no SDK's types allow or that ends it under Envoy too.
 */
const table: Readonly<Record<string, readonly [sdk: readonly Status[], envoy?: readonly Status[]]>> = {
  proxy_log: [[ok], [badArgument]],
  proxy_get_log_level: [[ok]],
  proxy_get_current_time_nanoseconds: [[ok]],
  proxy_set_tick_period_milliseconds: [[ok]],
  proxy_set_effective_context: [[ok, badArgument]],
  proxy_done: [[ok], [notFound]],
  proxy_get_status: [[ok]],
  proxy_get_configuration: [[ok]],
  proxy_get_property: [[ok, notFound, serializationFailure, internalFailure]],
  // Only without an exchange.
  proxy_set_property: [[ok], [notFound]],
  proxy_get_buffer_bytes: [[ok, notFound], [badArgument]],
  proxy_get_buffer_status: [[ok, notFound], [badArgument]],
  proxy_set_buffer_bytes: [[ok], [badArgument]],
  proxy_get_header_map_size: [[ok], [badArgument]],
  proxy_get_header_map_pairs: [[ok], [badArgument]],
  proxy_set_header_map_pairs: [[ok], [badArgument]],
  proxy_get_header_map_value: [[ok, notFound], [badArgument]],
  proxy_add_header_map_value: [[ok], [badArgument]],
  proxy_replace_header_map_value: [[ok], [badArgument]],
  proxy_remove_header_map_value: [[ok], [badArgument]],
  proxy_send_local_response: [[ok], [badArgument]],
  proxy_continue_stream: [[ok], [badArgument, unimplemented]],
  proxy_close_stream: [[ok], [badArgument]],
  proxy_continue_request: [[ok]],
  proxy_continue_response: [[ok]],
  proxy_clear_route_cache: [[ok]],
  proxy_http_call: [[ok, badArgument, internalFailure]],
  proxy_grpc_call: [[ok, parseFailure, internalFailure]],
  proxy_grpc_stream: [[ok, parseFailure, internalFailure]],
  proxy_grpc_send: [[ok, badArgument, notFound]],
  proxy_grpc_cancel: [[ok, notFound]],
  proxy_grpc_close: [[ok, notFound]],
  proxy_get_shared_data: [[ok, notFound]],
  // Full: OK would be a lie, and plugins try again for ever after CAS_MISMATCH.
  proxy_set_shared_data: [[ok, casMismatch], [internalFailure]],
  proxy_register_shared_queue: [[ok], [internalFailure]],
  proxy_resolve_shared_queue: [[ok, notFound]],
  proxy_enqueue_shared_queue: [[ok, notFound]],
  proxy_dequeue_shared_queue: [[ok, empty, notFound]],
  proxy_define_metric: [[ok], [badArgument]],
  proxy_increment_metric: [[ok, notFound, badArgument]],
  proxy_record_metric: [[ok, notFound]],
  proxy_get_metric: [[ok, notFound, badArgument]],
  proxy_call_foreign_function: [[ok, notFound, badArgument, serializationFailure, internalFailure]],
  // Extensions: of them the SDKs know only whether it went well.
  proxy_redis_init: [[ok], [badArgument, internalFailure]],
  proxy_redis_call: [[ok], [badArgument, internalFailure]],
  proxy_inject_encoded_data_to_filter_chain: [[ok], [badArgument]],
  proxy_get_upstream_hosts: [[ok], [notFound]],
  proxy_set_upstream_override_host: [[ok], [badArgument, notFound]],
  envoy_resolve_dns: [[ok], [badArgument, internalFailure]],
};

const functions = registry.filter(({ module, since }) => module === 'env' && since !== 'emscripten');

describe('statuses of host functions', function () {
  this.timeout(20_000);

  it('are told for each function', () => {
    expect(Object.keys(table)).to.deep.equal(functions.map(({ name }) => name));
  });

  for (const { name, params, run } of functions) {
    if (!run) continue;
    it(`${name} answers only what plugins can take`, () => {
      const random = randomOf(seedFor(name));
      const below = (end: number): number => Math.floor(random() * end);
      const [sdk = [], envoy = []] = table[name] ?? [];
      const allowed: ReadonlySet<number> = new Set([...sdk, ...envoy]);
      const calls = caller({
        exchange: respond(anExchange('POST a/', ['x', '1'])),
        level: 'silent',
        plugin: { capabilities: { ...plugin.capabilities, upstreams: ['*'] } },
      });
      const memory = Buffer.from(calls.memory.buffer);
      memory.write('x\0:path\0request\0path', 64);
      const seen = new Set<number>();
      for (let i = 0; i < 1000; i++) {
        // Small numbers are types, sizes, ids and places in the memory at once: all of them can be read and written.
        const args = Array.from(params, (kind) => (kind === 'I' ? BigInt(below(9) - 2) : below(100)));
        if (random() < 0.8) args[0] = below(10);
        calls.host.current = random() < 0.7 ? calls.stream : calls.root;
        calls.stream.writable = random() < 0.5 ? 0 : 2;
        const answer = calls.raw(name, ...args);
        seen.add(answer);
        expect(allowed.has(answer), `${name}(${args.join(', ')}) gave ${answer}`).to.equal(true);
      }
      expect(seen.size, 'it answered').to.be.above(0);
    });
  }
});
