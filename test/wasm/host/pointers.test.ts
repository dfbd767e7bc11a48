import { expect } from 'chai';
import { errno, status } from '../../../src/wasm/abi/status.ts';
import { registry } from '../../../src/wasm/host/registry.ts';
import { plugin, randomOf, respond, anExchange, seedFor } from '../world.ts';
import { caller } from './caller.ts';

const cases = 10_000;
const statuses = new Set<number>(Object.values(status));
const errnos = new Set<number>(Object.values(errno));

/** These say so when they have no room, which so many cases bring about. */
const full: ReadonlySet<string> = new Set(['proxy_register_shared_queue', 'proxy_set_shared_data']);

describe('host functions given wild pointers', function () {
  this.timeout(60_000);
  for (const { module, name, params, run } of registry) {
    if (!run || name === 'proc_exit' || name === 'pthread_equal') continue;
    it(`${name} answers with a status and fails nothing`, () => {
      const random = randomOf(seedFor(name));
      const calls = caller({
        exchange: respond(anExchange()),
        level: 'fatal',
        plugin: { capabilities: { ...plugin.capabilities, upstreams: ['*'] } },
      });
      const size = calls.memory.buffer.byteLength;
      const edges = [
        0,
        1,
        2,
        7,
        4096,
        size - 8,
        size - 4,
        size - 1,
        size,
        size + 1,
        0x7fffffff,
        -1,
        -8,
        -0x80000000,
      ];
      const pick = (): number =>
        random() < 0.6 ? (edges[Math.floor(random() * edges.length)] as number) : (random() * 2 ** 32) | 0;
      for (let i = 0; i < cases; i++) {
        const args = Array.from(params, (kind) => (kind === 'I' ? BigInt(pick()) : pick()));
        calls.host.current = random() < 0.8 ? calls.stream : random() < 0.5 ? calls.root : undefined;
        calls.stream.writable = random() < 0.5 ? 0 : 2;
        const answer = calls.raw(name, ...args);
        const allowed = module === 'env' ? statuses : errnos;
        expect(allowed.has(answer), `${name}(${args.join(', ')}) gave ${answer}`).to.equal(true);
        // INTERNAL_FAILURE means that the function itself broke: a pointer must not do that.
        if (module === 'env' && !full.has(name))
          expect(answer, `${name}(${args.join(', ')})`).not.to.equal(status.internalFailure);
      }
      expect(calls.host.fatal).to.equal(undefined);
      expect(calls.memory.buffer.byteLength).to.equal(size);
    });
  }
});
