import { expect } from 'chai';
import { LoomError } from '../../../src/errors.ts';
import type { Reply } from '../../../src/middleware/middleware.ts';
import { callRequest } from '../../../src/wasm/calls/http.ts';
import { compileModule } from '../../../src/wasm/vm/compile.ts';
import { startBackend, type Backend } from '../../support/backend.ts';
import { eventually } from '../../support/wait.ts';
import { anExchange, builtModule, plugin, world as surroundings, type World } from '../world.ts';
import { callWorld, through, type CallWorld } from './world.ts';
import { freePort } from '../../support/free-port.ts';

/** What the watchdog sees is a sample: here each call is told to have taken 30 ms. */
function watchedWorld(): World {
  const made = surroundings();
  const { engine } = made;
  const deadline = { enter: () => true, leave: () => false, tookMs: 30 };
  return { ...made, engine: { deadline, instantiate: (...all) => engine.instantiate(...all) } };
}

const pseudo = [':method', 'GET', ':path', '/a?b', ':authority', 'callee'];

describe('the request of proxy_http_call', () => {
  it('has the fields that the plugin gave, without those that are not its to say', () => {
    const headers = [
      'X-One',
      '1',
      'Host',
      'other',
      'content-length',
      '9',
      'Transfer-Encoding',
      'chunked',
      'expect',
      'x',
    ];
    expect(
      callRequest(
        [...pseudo, ':scheme', 'https', ...headers],
        Buffer.alloc(0),
        ['X-Sum', '1', 'host', 'no'],
        7,
      ),
    ).to.deep.equal({
      method: 'GET',
      path: '/a?b',
      authority: 'callee',
      secure: true,
      headers: ['x-one', '1'],
      body: undefined,
      trailers: ['x-sum', '1'],
      timeoutMs: 7,
    });
  });

  for (const [name, ...pairs] of [
    ['a method that is none', ':method', 'GET /'],
    ['CONNECT', ':method', 'CONNECT'],
    ['a path with a space', ':path', '/a b'],
    ['a path that is none', ':path', 'a'],
    ['an authority with a line break', ':authority', 'a\r\nb: c'],
    ['a value with a line break', 'x', 'a\r\nb: c'],
    ['a name that is none', 'x y', 'a'],
  ] as const) {
    it(`is none with ${name}`, () => {
      expect(callRequest([...pseudo, ...pairs], Buffer.alloc(0), [], 0)).to.equal(undefined);
    });
  }
});

describe('proxy_http_call', () => {
  let backend: Backend;
  let world: CallWorld;
  let hung: (() => void)[] = [];

  before(async () => {
    backend = await startBackend((request, response) => {
      const { url = '', method } = request;
      if (url === '/hang') hung.push(() => response.end());
      else if (url === '/cut') {
        response.writeHead(200, { 'content-length': '10' });
        response.write('12345', () => request.socket.destroy());
      } else if (url === '/drop') request.socket.destroy();
      else if (url === '/most') response.write(Buffer.alloc(15 << 20), () => hung.push(() => response.end()));
      else if (url === '/big') response.end(Buffer.alloc((16 << 20) + 1));
      else if (url === '/trailers') {
        response.writeHead(200, { trailer: 'x-end' });
        response.write('with');
        response.addTrailers({ 'x-end': 'yes' });
        response.end();
      } else {
        let body = '';
        request.on('data', (part: Buffer) => (body += part.toString()));
        request.on('end', () => {
          response.statusCode = url === '/denied' ? 403 : 200;
          response.end(
            `${method} ${url} ${request.headers.host} ${String(request.headers['x-from'])} ${body}`,
          );
        });
      }
    });
  });
  after(() => backend.close());
  beforeEach(async () => {
    world = await callWorld(['shop/auth', 'shop/missing']);
    world.upstream('shop/auth', [backend.port]);
  });
  afterEach(async () => {
    for (const answer of hung.splice(0)) answer();
    world.close();
  });

  it('holds the request until its callback continues it', async () => {
    const stage = world.stage(
      'request_headers http auth 0 /check',
      'request_headers pause',
      'http_response resume',
      'http_response status',
    );
    expect(await through(stage)).to.equal(undefined);
    const heard = await world.hears('status');
    expect(heard).to.deep.equal([
      'http 0 0',
      'http_response 1 3 24 0 200 GET /check callee guest  ?1',
      'effective 0',
      'status 0 0 ',
    ]);
    expect(world.calls).to.deep.equal(['shop/p shop/auth ok']);
  });

  it('answers the request from its callback', async () => {
    const stage = world.stage(
      'request_headers http auth 0 /denied',
      'request_headers pause',
      'http_response reply no',
    );
    const reply = (await through(stage)) as Reply;
    expect([reply.head.status, (reply.body as Buffer).toString()]).to.deep.equal([401, 'no']);
  });

  // Of 30 ms each: context_create, request_headers, and the callback of the call, which runs in the root context.
  for (const [requestCpuMs, verb, outcome] of [
    [90, 'resume', undefined],
    [89, 'resume', 'plugin-failed'],
    [89, 'status', 'plugin-failed'],
  ] as const) {
    it(`counts for the request that made the call: ${requestCpuMs} ms, then ${verb}`, async () => {
      const limits = { ...plugin.limits, requestCpuMs };
      const strict = await callWorld(['shop/auth'], 'calls', { limits }, watchedWorld());
      strict.upstream('shop/auth', [backend.port]);
      const stage = strict.stage(
        'request_headers http auth 0 /check',
        'request_headers pause',
        `http_response ${verb}`,
      );
      for (const exchange of [anExchange(), anExchange()]) {
        const error = await through(stage, exchange).then(
          () => exchange.interruption,
          (thrown: unknown) => thrown,
        );
        expect((error as LoomError | undefined)?.code).to.equal(outcome);
        if (outcome) expect((error as LoomError).message).to.include('computed for longer than 89 ms');
        stage.log?.(exchange);
        stage.finish?.(exchange);
      }
      expect(strict.vm.stats).to.deep.include({ failures: 0, instances: 1 });
      strict.close();
    });
  }

  it('counts nothing for the request where the plugin has no callback for the answer', async () => {
    const name = 'proxy_on_http_call_response';
    const bytes = builtModule('calls');
    bytes.write(name.toUpperCase(), bytes.indexOf(name));
    const { module } = await compileModule(bytes);
    const limits = { ...plugin.limits, requestCpuMs: 89 };
    const deaf = await callWorld(['shop/auth'], 'calls', { module, limits }, watchedWorld());
    deaf.upstream('shop/auth', [backend.port]);
    const exchange = anExchange();
    await through(deaf.stage('request_headers http auth 0 /check'), exchange);
    await eventually('the call is over', () => deaf.calls.length === 1);
    expect(deaf.calls).to.deep.equal(['shop/p shop/auth ok']);
    expect([exchange.interruption, exchange.plugins]).to.deep.equal([undefined, { 'shop/p': 'continue' }]);
    deaf.close();
  });

  it('sends a body with its length, and hands over trailers', async () => {
    world.stage('configure http auth 0 /post hello', 'configure http auth 0 /trailers');
    await world.hears(/POST \/post callee guest hello/);
    expect(await world.hears(/with yes/)).to.satisfy((all: string[]) =>
      all.some((line) => /^http_response 1 \d 4 1 /.test(line)),
    );
    expect(backend.seen.find(({ url }) => url === '/post')?.headers['content-length']).to.equal('5');
  });

  for (const [name, line, status] of [
    ['no :path', 'without auth :path', 2],
    ['no :method', 'without auth :method', 2],
    ['no :authority', 'without auth :authority', 2],
    ['a negative timeout', 'http auth -1', 2],
    ['a name that is not granted', 'http other 0', 2],
    ['a name that nothing has', 'http missing 0', 2],
  ] as const) {
    it(`refuses ${name}`, async () => {
      world.stage(`configure ${line}`);
      await world.hears(`${line.split(' ')[0]} ${status} 0`);
      expect(world.calls).to.deep.equal([]);
    });
  }

  it('says once what to do about a name', () => {
    world.stage('configure http other 0', 'configure http other 0', 'configure http missing 0');
    const warnings = world.records.filter(({ level }) => level === 40);
    expect(warnings.map((record) => (record as { remedy?: string }).remedy)).to.deep.equal([
      'add shop/other to capabilities.upstreams',
      'make an upstream shop/missing',
    ]);
  });

  it('tells of a callee that is not there by a response 503', async () => {
    world.upstream('shop/auth', [await freePort()]);
    world.stage('configure http auth 0 /', 'http_response status');
    const heard = await world.hears('status');
    expect(heard[1]).to.equal('http_response 1 3 30 0 503 the upstream cannot be reached ?1');
    expect(heard[2]).to.equal('status 0 0 ');
    expect(world.calls).to.deep.equal(['shop/p shop/auth connect-failed']);
  });

  it('tries another endpoint where nothing could be sent', async () => {
    world.upstream('shop/auth', [await freePort(), backend.port]);
    world.stage('configure http auth 0 /', 'configure http auth 0 /');
    await eventually('both are answered', () => world.calls.length === 2);
    expect(world.calls).to.deep.equal(['shop/p shop/auth ok', 'shop/p shop/auth ok']);
  });

  it('tells of an upstream without endpoints, after the callback that called it', async () => {
    world.upstream('shop/auth', []);
    world.stage('configure http auth 0 /');
    const heard = await world.hears('http_response');
    expect(heard).to.deep.equal(['http 0 0', 'http_response 1 3 28 0 503 the upstream has no endpoint ?1']);
  });

  it('asks the circuit breaker and tells it', async () => {
    const circuitBreaker = { failureThreshold: 1, successThreshold: 1, timeoutMs: 60_000 };
    const cluster = world.upstream('shop/auth', [await freePort()], { circuitBreaker });
    world.stage('configure http auth 0 /');
    await world.hears('http_response');
    expect(cluster.breaker?.state).to.equal('open');
    world.stage('configure http auth 0 /again');
    await world.hears(/the circuit breaker of the upstream is open/);
  });

  it('ends a call that takes too long by a response 504', async () => {
    const cluster = world.upstream('shop/auth', [backend.port]);
    world.stage('configure http auth 200 /hang');
    await world.hears('http_response 1 3 24 0 504 upstream request timeout ?1');
    expect(world.calls).to.deep.equal(['shop/p shop/auth exchange-timeout']);
    expect(cluster.endpoints.current[0]?.inFlight).to.equal(0);
  });

  it('tells of a connection that was closed before an answer by a response 503', async () => {
    world.stage('configure http auth 0 /drop');
    await world.hears('http_response 1 3 34 0 503 the upstream closed the connection');
  });

  for (const path of ['/cut', '/big']) {
    it(`tells of an answer that it did not get whole by no headers and a status (${path})`, async () => {
      world.stage(`configure http auth 0 ${path}`, 'http_response status');
      const heard = await world.hears('status');
      expect(heard.slice(1)).to.deep.equal(['http_response 1 0 0 0 ?2 ?1 ?2', 'status 0 11 reset']);
    });
  }

  it('cuts off an answer where all together are more than may be held, and only that one', async () => {
    world.stage(...Array.from({ length: 5 }, () => 'configure http auth 0 /most'));
    await world.hears('http_response 1 0 0 0');
    await eventually('all are answered', () => {
      hung.splice(0).forEach((go) => go());
      return world.calls.length === 5;
    });
    expect(world.calls.toSorted().slice(0, 4)).to.deep.equal(
      Array.from({ length: 4 }, () => 'shop/p shop/auth ok'),
    );
  });

  it('shows the answer only while its callback runs', async () => {
    const stage = world.stage('request_headers read', 'configure http auth 0 /', 'http_response read');
    await world.hears('read ');
    await through(stage);
    const heard = (await world.hears('read ?1')).filter((line) => line.startsWith('read'));
    expect(heard).to.deep.equal(['read GET / callee guest  ?1 ?1 200', 'read ?1 ?1 ?1 ?2']);
  });

  it('still tells the plugin when the request is over, and the context is not there any more', async () => {
    const stage = world.stage(
      'request_headers http auth 0 /hang',
      'request_headers pause',
      'http_response resume',
    );
    const exchange = anExchange();
    const answered = through(stage, exchange).catch((error: unknown) => error);
    await eventually('the call is there', () => hung.length === 1);
    exchange.abort(new Error('gone'));
    expect(await answered).to.be.instanceOf(LoomError);
    stage.log?.(exchange);
    stage.finish?.(exchange);
    hung.splice(0).forEach((answer) => answer());
    await world.hears('effective 2');
  });

  it('forgets the calls of a root context that is deleted, and ends them', async () => {
    const cluster = world.upstream('shop/auth', [backend.port]);
    const stage = world.stage('configure http auth 0 /hang');
    await eventually('the call is there', () => hung.length === 1);
    stage.close?.();
    await eventually('it is ended', () => cluster.endpoints.current[0]?.inFlight === 0);
    expect(world.calls).to.deep.equal(['shop/p shop/auth cancelled']);
    expect(await world.hears('delete root')).to.deep.equal(['http 0 0', 'delete root']);
  });

  it('still answers a root context that waits for proxy_done', async () => {
    const stage = world.stage('configure http auth 0 /hang', 'done refuse', 'http_response done');
    await eventually('the call is there', () => hung.length === 1);
    stage.close?.();
    hung.splice(0).forEach((answer) => answer());
    const heard = await world.hears('delete root');
    expect(heard.map((line) => line.split(' ')[0])).to.deep.equal(['http', 'http_response', 'delete']);
  });

  it('fails every request of the instance at once when the callback traps', async () => {
    const waiting = world.stage('request_headers pause');
    const trapping = world.stage(
      'request_headers http auth 0 /',
      'request_headers pause',
      'http_response trap',
    );
    const both = await Promise.allSettled([through(waiting), through(trapping)]);
    for (const outcome of both)
      expect((outcome as PromiseRejectedResult).reason).to.have.property('code', 'plugin-failed');
    await eventually('there is another instance', () => world.vm.stats.replacements === 1);
  });

  it('ends the calls of an instance that fails', async () => {
    const cluster = world.upstream('shop/auth', [backend.port]);
    world.stage('configure http auth 0 /hang', 'configure http auth 0 /', 'http_response trap');
    await eventually('it failed', () => world.calls.includes('shop/p shop/auth cancelled'));
    await eventually('another began', () => world.vm.stats.replacements > 0 || world.vm.stats.failures > 1);
    world.vm.close();
    await eventually('all are ended', () => cluster.endpoints.current[0]?.inFlight === 0);
  });

  it('refuses the call after the most that may be in flight, and those that wait do not hinder it later', async () => {
    const lines = Array.from({ length: 4097 }, () => 'configure http auth 0 /hang');
    const stage = world.stage(...lines);
    const heard = await world.hears('http 10 0');
    expect(heard.filter((line) => line === 'http 0 0')).to.have.length(4096);
    stage.close?.();
    world.stage('configure http auth 0 /');
    await world.hears('http_response');
  });

  it('holds a thousand requests, each with a call, and lets all of them go', async () => {
    const stage = world.stage(
      'request_headers http auth 0 /',
      'request_headers pause',
      'http_response resume',
    );
    const answers = await Promise.all(Array.from({ length: 1000 }, () => through(stage)));
    expect(new Set(answers)).to.deep.equal(new Set([undefined]));
    expect(world.calls).to.have.length(1000);
  });
});
