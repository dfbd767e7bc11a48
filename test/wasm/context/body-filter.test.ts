import { expect } from 'chai';
import type { LoomError } from '../../../src/errors.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import type { Stage } from '../../../src/middleware/middleware.ts';
import type { LoadedPlugin } from '../../../src/runtime/messages.ts';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../../src/wasm/plugin-vm.ts';
import { Pieces, Reader } from '../bodies.ts';
import { anExchange, loadedPlugin, plugin, respond, world, type World } from '../world.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Case {
  readonly does: string;
  readonly script: string;
  readonly pieces: readonly string[];
  readonly trailers?: string[];
  /** Body and trailers callbacks, without the id of the context. */
  readonly said: readonly string[];
  readonly passes: readonly string[];
  readonly ends?: boolean;
}

/** `_body` stands for `request_body` or `response_body`. */
const cases: readonly Case[] = [
  {
    does: 'shows each piece and the end, and passes them on',
    script: 'none',
    pieces: ['abc', 'de'],
    said: ['_body 3 0', '_body 2 0', '_body 0 1'],
    passes: ['abc', 'de'],
  },
  {
    does: 'shows the sum of what the plugin buffers, and passes it at the end',
    script: '_body_part:pause',
    pieces: ['abc', 'de'],
    said: ['_body 3 0', '_body 5 0', '_body 5 1'],
    passes: ['abc', 'de'],
  },
  {
    does: 'passes what was held back with the piece for which the plugin goes on',
    script: '_body_part:watermark',
    pieces: ['abc', 'de'],
    said: ['_body 3 0', '_body 5 0', '_body 5 1'],
    passes: ['abc', 'de'],
  },
  {
    does: 'takes back what the plugin neither buffers nor passes',
    script: '_body_part:drop',
    pieces: ['abc', 'de'],
    said: ['_body 3 0', '_body 2 0', '_body 0 1'],
    passes: [],
  },
  {
    does: 'rewrites every piece, the empty last one included',
    script: '_body:prepend=P- _body:append=-A',
    pieces: ['abc'],
    said: ['_body 3 0', '_body 0 1'],
    passes: ['P-', 'abc', '-A', 'P-', '-A'],
  },
  {
    does: 'replaces a whole body',
    script: '_body_part:pause _body_end:replace=new',
    pieces: ['abc', 'de'],
    said: ['_body 3 0', '_body 5 0', '_body 5 1'],
    passes: ['new'],
  },
  {
    does: 'shows the plugin what it buffered',
    script: '_body_part:pause _body_end:read',
    pieces: ['abc', 'de'],
    said: ['_body 3 0', '_body 5 0', '_body 5 1', 'body 0 abcde'],
    passes: ['abcde'],
  },
  {
    does: 'shows trailers in place of the empty last piece',
    script: '_trailers:read_trailer _trailers:trailer',
    pieces: ['abc'],
    trailers: ['x-sum', '1'],
    said: ['_body 3 0', '_trailers 1', 'x-sum 0 1', 'trailer 0'],
    passes: ['abc', 'x-sum=1', 'x-made=trailer'],
  },
  {
    does: 'lets what was buffered go with the trailers',
    script: '_body:pause',
    pieces: ['abc', 'de'],
    trailers: ['x-sum', '1'],
    said: ['_body 3 0', '_body 5 0', '_trailers 1'],
    passes: ['abc', 'de', 'x-sum=1'],
  },
  {
    does: 'lets the plugin make trailers at the end of a body',
    script: '_body_end:trailer',
    pieces: ['abc'],
    said: ['_body 3 0', '_body 0 1', 'trailer 0'],
    passes: ['abc', 'x-made=trailer'],
  },
  {
    does: 'makes no trailers before the end',
    script: '_body_part:trailer',
    pieces: ['abc'],
    said: ['_body 3 0', 'trailer 2', '_body 0 1'],
    passes: ['abc'],
  },
  {
    does: 'holds the end back until the plugin goes on',
    script: '_body_end:pause',
    pieces: ['abc'],
    said: ['_body 3 0', '_body 0 1'],
    passes: ['abc'],
    ends: false,
  },
  {
    does: 'takes an action that does not exist for the most stopping one',
    script: '_body:wild',
    pieces: ['abc'],
    said: ['_body 3 0', '_body 0 1'],
    passes: [],
    ends: false,
  },
];

describe('bodies on their way through a plugin', () => {
  let remembered: World;
  let vm: PluginVm;
  const stageOf = async (script: string, part: Partial<LoadedPlugin> = {}, requestMs = 0): Promise<Stage> => {
    remembered = world();
    vm = PluginVm.create(await loadedPlugin('scripted', part), remembered);
    return pluginStage(vm.root(script), requestMs);
  };
  afterEach(() => vm?.close());

  /** Both ways by one name: an exchange whose body of that way waits in `source`, past the head. */
  async function begin(way: 'request' | 'response', stage: Stage, source: Pieces, head: string[] = []) {
    const exchange = anExchange('POST shop.example.com/cart', way === 'request' ? head : []);
    if (way === 'request') exchange.requestBody = source;
    await stage.request?.(exchange);
    if (way === 'response') {
      exchange.upstreamStatus = 200;
      respond(exchange, 200, head).responseBody = source;
      await stage.response?.(exchange);
    }
    return exchange;
  }
  const bodyOf = (way: 'request' | 'response', exchange: Exchange) =>
    way === 'request' ? exchange.requestBody : exchange.responseBody;
  function read(way: 'request' | 'response', exchange: Exchange): Reader {
    const body = bodyOf(way, exchange);
    const reader = new Reader();
    if (!body || Buffer.isBuffer(body)) throw new Error('not a stream');
    body.start(reader);
    return reader;
  }
  /** What body and trailers callbacks said, in the words of the table. */
  const heard = (way: string): string[] =>
    remembered
      .said()
      .filter((line) => /_body|_trailers|^body|^x-sum|^trailer|^set_buffer/.test(line))
      .map((line) => line.replace(new RegExp(`^${way}(_\\w+) \\d+`), '$1'));

  for (const way of ['request', 'response'] as const) {
    describe(`of a ${way}`, () => {
      for (const { does, script, pieces, trailers, said, passes, ends = true } of cases) {
        it(does, async () => {
          const stage = await stageOf(script.replaceAll(/(^| )_/g, `$1${way}_`));
          const source = new Pieces();
          const exchange = await begin(way, stage, source);
          const reader = read(way, exchange);
          source.give(...pieces).end(trailers?.slice());
          expect(heard(way)).to.deep.equal(said);
          const fields: string[] = [];
          const flat = reader.trailers ?? [];
          for (let i = 0; i < flat.length; i += 2) fields.push(`${flat[i]}=${flat[i + 1]}`);
          expect([...reader.pieces, ...fields]).to.deep.equal(passes);
          expect(reader.ended).to.equal(ends);
        });
      }

      it('tells the exact length of a small body that tells its own', async () => {
        const stage = await stageOf(`${way}_body_part:pause ${way}_body_end:replace=longer`);
        const source = new Pieces(3);
        const begun = begin(way, stage, source, ['content-length', '3']);
        await turn();
        source.give('abc').end();
        const exchange = await begun;
        const headers = way === 'request' ? exchange.request.headers : exchange.response?.headers;
        expect(headers?.get('content-length')).to.equal('6');
        const body = bodyOf(way, exchange);
        expect(Buffer.isBuffer(body) ? body.toString() : read(way, exchange).text).to.equal('longer');
      });

      it('tells no length of a large body, which the plugin may change', async () => {
        const stage = await stageOf('none');
        const exchange = await begin(way, stage, new Pieces(65_537), ['content-length', '65537']);
        const headers = way === 'request' ? exchange.request.headers : exchange.response?.headers;
        expect(headers?.has('content-length')).to.equal(false);
        expect(bodyOf(way, exchange)?.length).to.equal(undefined);
      });

      it('has one piece in flight and no more', async () => {
        const stage = await stageOf('none');
        const source = new Pieces();
        const exchange = await begin(way, stage, source);
        const reader = read(way, exchange);
        reader.wants = false;
        source.give('a');
        expect(source.paused).to.equal(true);
        reader.wants = true;
        const body = bodyOf(way, exchange);
        if (body && !Buffer.isBuffer(body)) body.resume();
        expect(source.resumes).to.equal(1);
      });

      it('stops the source above the limit when the plugin asks for that, and goes on with it', async () => {
        const limits = { ...plugin.limits, bufferBytes: 4 };
        const stage = await stageOf(`${way}_body_part:watermark`, { limits });
        const other = pluginStage(vm.root(`request_headers:resume${way === 'request' ? '' : '_response'}`));
        const source = new Pieces();
        const exchange = await begin(way, stage, source);
        const reader = read(way, exchange);
        source.give('abc');
        expect(source.paused).to.equal(false);
        source.give('de');
        expect([source.paused, reader.text]).to.deep.equal([true, '']);
        await other.request?.(anExchange());
        await turn();
        expect([reader.text, source.resumes]).to.deep.equal(['abcde', 1]);
      });

      it('cancels the source when its reader wants no more, and at the end of the exchange', async () => {
        const stage = await stageOf(`${way}_body:pause`);
        for (const end of ['cancel', 'log'] as const) {
          const source = new Pieces();
          const exchange = await begin(way, stage, source);
          read(way, exchange);
          source.give('abc');
          const body = bodyOf(way, exchange);
          if (end === 'log') stage.log?.(exchange);
          else if (body && !Buffer.isBuffer(body)) body.cancel(new Error('enough'));
          expect(source.cancelled, end).to.be.instanceOf(Error);
        }
      });

      for (const callback of ['body_end', 'trailers'] as const) {
        for (const run of ['Closed', 'Open'] as const) {
          it(`has no trailers that cannot be sent, made in ${callback}: ${run}`, async () => {
            const failurePolicy = { ...plugin.failurePolicy, run };
            const stage = await stageOf(`${way}_${callback}:bad_trailer`, { failurePolicy });
            const source = new Pieces();
            const exchange = await begin(way, stage, source);
            const reader = read(way, exchange);
            source.give('abc').end(callback === 'trailers' ? ['x-sum', '1'] : []);
            await turn();
            expect(exchange.plugins).to.deep.equal({ 'shop/p': 'failed' });
            expect([reader.text, reader.ended]).to.deep.equal(['abc', run === 'Open']);
            const error = (exchange.interruption ?? exchange.aborted) as LoomError | undefined;
            if (run === 'Open') expect(error).to.equal(undefined);
            else expect(error?.message).to.include('the plugin set an illegal header: "x-made"');
            const kept = callback === 'trailers' ? ['x-sum', '1'] : [];
            if (run === 'Open') expect(reader.trailers ?? []).to.deep.equal(kept);
          });
        }
      }

      it('passes on untouched without a plugin that failed, where the policy says Open', async () => {
        const failurePolicy = { ...plugin.failurePolicy, run: 'Open' } as const;
        const stage = await stageOf(`${way}_body_part:pause ${way}_body_end:trap`, { failurePolicy });
        const source = new Pieces();
        const exchange = await begin(way, stage, source);
        const reader = read(way, exchange);
        source.give('abc', 'de').end();
        await turn();
        expect([reader.text, reader.ended]).to.deep.equal(['abcde', true]);
        expect(exchange.plugins).to.deep.equal({ 'shop/p': 'failed' });
      });
    });
  }

  it('puts what a plugin injects in the place of what it drops', async () => {
    const stage = await stageOf(
      'response_body_part:drop response_body_part:inject=+ response_body_end:inject_end=!',
    );
    const source = new Pieces();
    const exchange = await begin('response', stage, source);
    const reader = read('response', exchange);
    source.give('abc', 'de').end();
    expect([reader.pieces, reader.ended]).to.deep.equal([['+', '+', '!'], true]);
  });

  it('gives a response without a body the one that a plugin injects while it holds the head', async () => {
    const stage = await stageOf('response_headers:inject_end=made response_headers:pause');
    const exchange = anExchange('GET a/');
    await stage.request?.(exchange);
    exchange.upstreamStatus = 200;
    await stage.response?.(respond(exchange, 200, ['content-length', '0']));
    expect(exchange.responseBody).to.deep.equal(Buffer.from('made'));
    expect(exchange.response?.headers.get('content-length')).to.equal('4');
  });

  it('ends a response into which a body callback injects without end', async () => {
    const source = new Pieces();
    const exchange = await begin('response', await stageOf('response_body:inject_much'), source);
    const reader = read('response', exchange);
    source.give('abc');
    expect((exchange.aborted as LoomError).code).to.equal('response-too-large');
    expect(reader.text.length).to.equal(16_000_000);
  });

  it('answers instead where a headers callback does', async () => {
    const stage = await stageOf('response_headers:inject_much');
    const exchange = anExchange('GET a/');
    await stage.request?.(exchange);
    const answer = async (): Promise<unknown> => stage.response?.(respond(exchange, 200));
    const ended = await answer().catch((error: unknown) => error);
    expect((ended as LoomError).code).to.equal('response-too-large');
  });

  it('ends a response into which another callback injects without end', async () => {
    const stage = await stageOf('response_body:pause');
    const other = pluginStage(vm.root('request_headers:inject_much_paused'));
    const source = new Pieces();
    const exchange = await begin('response', stage, source);
    const reader = read('response', exchange);
    source.give('abc');
    await other.request?.(anExchange());
    await turn();
    expect((exchange.aborted as LoomError).code).to.equal('response-too-large');
    expect(reader.text.length).to.equal(16_000_000);
  });

  describe('while only the head is held', () => {
    const held = { allowOnHeadersStopIteration: true };

    it('goes on with the first piece that passes, with what the plugin wrote meanwhile', async () => {
      const stage = await stageOf('request_headers:pause request_body_part:header', held);
      const source = new Pieces();
      const exchange = anExchange('POST a/');
      exchange.requestBody = source;
      const passed = Promise.resolve(stage.request?.(exchange));
      source.give('abc');
      expect(await passed).to.equal(undefined);
      expect(exchange.request.headers.get('x-from')).to.equal('scripted');
      const reader = read('request', exchange);
      source.give('de').end();
      expect(reader.pieces).to.deep.equal(['abc', 'de']);
    });

    it('waits for the plugin when there is no body', async () => {
      const stage = await stageOf('request_headers:pause', held);
      const other = pluginStage(vm.root('request_headers:resume'));
      let went = false;
      const passed = Promise.resolve(stage.request?.(anExchange())).then(() => (went = true));
      await turn();
      expect(went).to.equal(false);
      await other.request?.(anExchange());
      await passed;
    });

    it('answers from a body callback', async () => {
      const stage = await stageOf('response_headers:pause response_body_part:reply', held);
      const exchange = anExchange('GET a/');
      await stage.request?.(exchange);
      const source = new Pieces();
      exchange.upstreamStatus = 200;
      respond(exchange).responseBody = source;
      const replaced = Promise.resolve(stage.response?.(exchange));
      source.give('abc');
      expect((await replaced)?.head.status).to.equal(418);
      expect(source.cancelled).to.be.instanceOf(Error);
    });
  });

  it('lets a plugin change what it holds back, and go on, from outside its own callbacks', async () => {
    const stage = await stageOf('request_body_end:pause');
    const other = pluginStage(vm.root('request_headers:replace_paused=new request_headers:resume'));
    const source = new Pieces();
    const exchange = await begin('request', stage, source);
    const reader = read('request', exchange);
    source.end();
    expect(reader.ended).to.equal(false);
    await other.request?.(anExchange());
    await turn();
    expect([reader.text, reader.ended]).to.deep.equal(['new', true]);
  });

  it('answers, and closes, from outside its own callbacks', async () => {
    for (const action of ['reply_paused', 'close_paused']) {
      const stage = await stageOf('request_body:pause');
      const other = pluginStage(vm.root(`request_headers:${action}`));
      const source = new Pieces();
      const exchange = await begin('request', stage, source);
      read('request', exchange);
      source.give('abc');
      await other.request?.(anExchange());
      await turn();
      const reason = exchange.aborted ?? exchange.interruption;
      expect(reason?.name, action).to.equal(action === 'reply_paused' ? 'EarlyReply' : 'LoomError');
      vm.close();
    }
  });

  it('ends a request whose body is larger than the plugin may buffer', async () => {
    const stage = await stageOf('request_body:pause', { limits: { ...plugin.limits, bufferBytes: 4 } });
    const source = new Pieces();
    const exchange = await begin('request', stage, source);
    const ended: Error[] = [];
    exchange.onAbort((reason) => void ended.push(reason));
    read('request', exchange);
    source.give('abc', 'de');
    expect(ended.map((error) => (error as LoomError).code)).to.deep.equal(['body-too-large']);
    expect(source.cancelled).to.be.instanceOf(Error);
  });

  for (const action of ['trap', 'close', 'inflate']) {
    it(`ends the exchange when a body callback ends in ${action}`, async () => {
      const stage = await stageOf(`request_body:${action}`);
      const source = new Pieces();
      const exchange = await begin('request', stage, source);
      read('request', exchange);
      source.give('abc');
      const reason = exchange.aborted ?? exchange.interruption;
      const code = { trap: 'plugin-failed', close: 'plugin-reset', inflate: 'body-too-large' }[action];
      expect((reason as LoomError).code).to.equal(code);
    });
  }
});
