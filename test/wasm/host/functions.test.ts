import { expect } from 'chai';
import { serializePairs } from '../../../src/wasm/abi/header-map.ts';
import { errno, status } from '../../../src/wasm/abi/status.ts';
import { GuestExit } from '../../../src/wasm/host/host.ts';
import { anExchange, respond } from '../world.ts';
import { caller } from './caller.ts';

describe('logging', () => {
  it('writes to the log of the plugin at its level', () => {
    const calls = caller();
    for (let level = 0; level < 6; level++)
      expect(calls.call('proxy_log', [level, `é${level}`])).to.equal(status.ok);
    expect(calls.world.records.map(({ level }) => level)).to.deep.equal([10, 20, 30, 40, 50, 60]);
    expect(calls.world.records[0]).to.include({ plugin: 'shop/p', msg: 'plugin says' });
    expect(calls.call('proxy_log', [6, 'x'])).to.equal(status.badArgument);
    expect(calls.call('proxy_log', [-1, 'x'])).to.equal(status.badArgument);
  });

  for (const [level, number] of [
    ['trace', 0],
    ['warn', 3],
    ['silent', 5],
  ] as const) {
    it(`tells the level ${level} as ${number}`, () => {
      const calls = caller({ level });
      expect(calls.call('proxy_get_log_level', [], 1)).to.equal(status.ok);
      expect(calls.result()).to.equal(number);
    });
  }
});

describe('clocks', () => {
  it('tell the time in nanoseconds', () => {
    const calls = caller();
    const before = BigInt(Date.now()) * 1_000_000n;
    expect(calls.call('proxy_get_current_time_nanoseconds', [], 1)).to.equal(status.ok);
    expect(calls.result64() >= before && calls.result64() < before + 60_000_000_000n).to.equal(true);
    expect(calls.call('clock_time_get', [0, 0n], 1)).to.equal(errno.success);
    expect(calls.result64() >= before).to.equal(true);
    expect(calls.call('clock_time_get', [1, 0n], 1)).to.equal(errno.success);
    expect(calls.result64() > 0n).to.equal(true);
    expect(calls.call('clock_time_get', [2, 0n], 1)).to.equal(errno.notsup);
    expect(calls.call('clock_res_get', [1], 1)).to.equal(errno.success);
    expect(calls.result64()).to.equal(1n);
  });
});

describe('buffers', () => {
  const cases: readonly (readonly [number, number, number, number, string])[] = [
    [7, 0, 100, status.ok, 'config'],
    [7, 2, 3, status.ok, 'nfi'],
    [7, 6, 1, status.ok, ''],
    [7, 100, 1, status.ok, ''],
    [7, 0, 0x7fffffff, status.ok, 'config'],
    [7, -1, 1, status.badArgument, ''],
    [6, 0, 9, status.ok, ''],
    [0, 0, 9, status.ok, ''],
    [4, 0, 9, status.notFound, ''],
    [8, 0, 9, status.notFound, ''],
    [10, 0, 9, status.badArgument, ''],
    [-1, 0, 9, status.badArgument, ''],
  ];
  for (const [type, start, max, answer, text] of cases) {
    it(`gives buffer ${type} from ${start}, at most ${max}`, () => {
      const calls = caller({ config: 'config' });
      expect(calls.call('proxy_get_buffer_bytes', [type, start, max], 2)).to.equal(answer);
      if (answer === status.ok) expect(calls.value().toString()).to.equal(text);
    });
  }

  it('tells the length of the configuration, and gives it to 0.1.0', () => {
    const calls = caller({ config: 'config' });
    expect(calls.call('proxy_get_buffer_status', [7], 2)).to.equal(status.ok);
    expect([calls.result(0), calls.result(1)]).to.deep.equal([6, 0]);
    expect(calls.call('proxy_get_configuration', [], 2)).to.equal(status.ok);
    expect(calls.value().toString()).to.equal('config');
    calls.host.starting = true;
    expect(calls.call('proxy_get_configuration', [], 2)).to.equal(status.ok);
    expect(calls.result(1)).to.equal(0);
  });
});

describe('local responses', () => {
  const send = (
    calls: ReturnType<typeof caller>,
    code: number,
    body = '',
    headers: string[] = [],
    grpc = -1,
  ): number =>
    calls.call('proxy_send_local_response', [code, 'some details', body, serializePairs(headers), grpc]);

  it('answer with status, headers and body', () => {
    const calls = caller();
    expect(
      send(calls, 403, 'no', ['X-Why', 'y', 'content-length', '9', 'bad name', 'z', 'x', 'a\nb']),
    ).to.equal(status.ok);
    const { head, body } = calls.stream.reply ?? {};
    expect(head?.status).to.equal(403);
    expect(head?.headers.flat).to.deep.equal([
      'x-why',
      'y',
      'content-type',
      'text/plain',
      'content-length',
      '2',
    ]);
    expect(body).to.deep.equal(Buffer.from('no'));
    expect(calls.stream.details).to.equal('some_details');
  });

  it('count once, and not at the end of the exchange', () => {
    const calls = caller();
    send(calls, 401);
    expect(send(calls, 402)).to.equal(status.ok);
    expect(calls.stream.reply?.head.status).to.equal(401);
    const late = caller();
    late.stream.ended = true;
    expect(send(late, 401)).to.equal(status.ok);
    expect(late.stream.reply).to.equal(undefined);
  });

  for (const [code, sent] of [
    [199, 500],
    [99, 500],
    [600, 500],
    [-1, 500],
    [200, 200],
    [599, 599],
  ] as const) {
    it(`with status ${code} are sent with ${sent}`, () => {
      const calls = caller();
      send(calls, code, 'x');
      expect(calls.stream.reply?.head.status).to.equal(sent);
    });
  }

  it('have no body with 204', () => {
    const calls = caller();
    send(calls, 204, 'x');
    expect(calls.stream.reply).to.deep.include({ body: undefined });
  });

  it('tell a gRPC client by a status in the head', () => {
    const calls = caller({
      exchange: anExchange('POST a/b.C/D', ['content-type', 'application/grpc+proto']),
    });
    send(calls, 403, 'not 100%\n');
    expect(calls.stream.reply?.head.status).to.equal(200);
    expect(calls.stream.reply?.head.headers.flat).to.deep.equal([
      'content-type',
      'application/grpc',
      'grpc-status',
      '7',
      'grpc-message',
      'not 100%25%0A',
    ]);
  });
});

describe('contexts and streams', () => {
  it('change the effective context to one that lives', () => {
    const calls = caller();
    expect(calls.call('proxy_set_effective_context', [1])).to.equal(status.ok);
    expect(calls.host.current).to.equal(calls.root);
    expect(calls.call('proxy_set_effective_context', [3])).to.equal(status.badArgument);
    expect(calls.host.current).to.equal(calls.root);
  });

  it('know proxy_done for a closing root only', () => {
    const calls = caller();
    expect(calls.call('proxy_done', [])).to.equal(status.notFound);
    calls.host.current = calls.root;
    expect(calls.call('proxy_done', [])).to.equal(status.notFound);
    calls.root.closing = true;
    expect(calls.call('proxy_done', [])).to.equal(status.ok);
    expect(calls.host.done).to.deep.equal([calls.root]);
  });

  for (const [type, answer] of [
    [0, status.ok],
    [1, status.ok],
    [2, status.ok],
    [3, status.unimplemented],
    [4, status.badArgument],
  ] as const) {
    it(`answer ${answer} to continuing stream ${type}`, () => {
      expect(caller().call('proxy_continue_stream', [type])).to.equal(answer);
    });
  }

  for (const name of ['proxy_continue_request', 'proxy_continue_response'] as const) {
    it(`continue by the name of 0.1.0, ${name}`, () => {
      const calls = caller({ exchange: respond(anExchange()) });
      const hold = calls.stream.wait(name === 'proxy_continue_request' ? 0 : 1, 'continue');
      expect(calls.call(name, [])).to.equal(status.ok);
      expect(hold.settled).to.equal(true);
    });
  }
});

describe('WASI', () => {
  it('has no arguments and no environment', () => {
    const calls = caller();
    for (const name of ['args_sizes_get', 'environ_sizes_get']) {
      expect(calls.call(name, [], 2)).to.equal(errno.success);
      expect([calls.result(0), calls.result(1)]).to.deep.equal([0, 0]);
    }
  });

  it('gives random bytes, 64 KiB at most', () => {
    const calls = caller();
    expect(calls.raw('random_get', 0, 32)).to.equal(errno.success);
    expect(Buffer.from(calls.memory.buffer).subarray(0, 32).equals(Buffer.alloc(32))).to.equal(false);
    expect(calls.raw('random_get', 0, 65537)).to.equal(errno.inval);
  });

  it('says of stdout that it can be written', () => {
    const calls = caller();
    expect(calls.raw('fd_fdstat_get', 1, 256)).to.equal(errno.success);
    expect(Buffer.from(calls.memory.buffer).subarray(256, 280).toString('hex')).to.equal(
      '000000000000000040000000000000000000000000000000',
    );
    expect(calls.raw('fd_fdstat_get', 3, 256)).to.equal(errno.badf);
  });

  const fixed: readonly (readonly [string, readonly (number | bigint)[], number])[] = [
    ['fd_prestat_get', [3, 0], errno.badf],
    ['poll_oneoff', [0, 0, 1, 256], errno.success],
    ['sched_yield', [], errno.success],
    ['fd_fdstat_set_flags', [0, 0], errno.nosys],
    ['fd_read', [0, 0, 0, 0], errno.nosys],
    ['path_filestat_get', [3, 0, 0, 0, 0], errno.notsup],
    ['path_open', [3, 0, 0, 0, 0, 0n, 0n, 0, 0], errno.noent],
  ];
  for (const [name, args, answer] of fixed) {
    it(`answers ${answer} to ${name}`, () => {
      expect(caller().raw(name, ...args)).to.equal(answer);
    });
  }

  it('ends the instance on proc_exit', () => {
    const calls = caller();
    expect(() => calls.raw('proc_exit', 3)).to.throw(GuestExit, 'proc_exit(3)');
    expect(calls.host.fatal).to.be.instanceOf(GuestExit);
  });
});

describe('the guard of host functions', () => {
  it('turns a failure of the host into INTERNAL_FAILURE', () => {
    const calls = caller();
    Object.defineProperty(calls.stream, 'request', {
      get: () => {
        throw new Error('a mistake in Loom');
      },
    });
    expect(calls.call('proxy_get_header_map_value', [0, 'a'], 2)).to.equal(status.internalFailure);
    expect(calls.world.records[0]).to.include({
      msg: 'host function failed',
      function: 'proxy_get_header_map_value',
    });
  });

  it('lets a trap of the allocator through', () => {
    const calls = caller();
    calls.setMode(3);
    expect(() => calls.call('proxy_get_header_map_value', [0, ':path'], 2)).to.throw(
      WebAssembly.RuntimeError,
    );
    expect(calls.host.fatal).to.be.instanceOf(WebAssembly.RuntimeError);
  });

  for (const [mode, what] of [
    [1, 'gives nothing'],
    [4, 'points outside'],
  ] as const) {
    it(`answers INVALID_MEMORY_ACCESS when the allocator ${what}`, () => {
      const calls = caller();
      calls.setMode(mode);
      expect(calls.call('proxy_get_header_map_value', [0, ':path'], 2)).to.equal(status.invalidMemoryAccess);
    });
  }

  it('writes right when the allocator grows the memory', () => {
    const calls = caller();
    calls.setMode(2);
    expect(calls.call('proxy_get_header_map_value', [0, ':path'], 2)).to.equal(status.ok);
    expect(calls.value().toString()).to.equal('/cart?x=1');
  });
});
