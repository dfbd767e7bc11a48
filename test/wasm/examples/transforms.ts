import { expect } from 'chai';
import type { BodySink, BodySource } from '../../../src/http/body.ts';
import { parsePointer, removeAt, setAt } from '../../../src/wasm/context/json-pointer.ts';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../../src/wasm/plugin-vm.ts';
import { eventually } from '../../support/wait.ts';
import { Reader } from '../bodies.ts';
import { anExchange, loadedPlugin, randomOf, respond, seedFor, world } from '../world.ts';
import { damaged, randomJson } from './random-json.ts';

interface Changes {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
}

interface Case {
  readonly does: string;
  readonly changes: Changes;
  readonly body: string;
  readonly becomes: string;
  readonly type?: string;
}

const plain = '{"a":0,"user":{"name":"ann","tags":["x","y"]}}';

const cases: readonly Case[] = [
  {
    does: 'sets a member that is there, in its place',
    changes: { set: { '/a': 'new' } },
    body: plain,
    becomes: '{"a":"new","user":{"name":"ann","tags":["x","y"]}}',
  },
  {
    does: 'makes a member that is not there',
    changes: { set: { '/user/role': 'guest' } },
    body: plain,
    becomes: '{"a":0,"user":{"name":"ann","tags":["x","y"],"role":"guest"}}',
  },
  {
    does: 'sets values of every type',
    changes: { set: { '/n': -2.5, '/t': true, '/f': false, '/z': null, '/l': [1, ['']], '/o': { p: {} } } },
    body: '{}',
    becomes: '{"n":-2.5,"t":true,"f":false,"z":null,"l":[1,[""]],"o":{"p":{}}}',
  },
  {
    does: 'leaves out a field whose object is not there',
    changes: { set: { '/none/role': 1, '/a/b': 2, '/user/name/first': 3 } },
    body: plain,
    becomes: plain,
  },
  {
    does: 'removes what is there, and nothing where there is nothing',
    changes: { remove: ['/user/name', '/b', '/a/b', '/none/c'] },
    body: plain,
    becomes: '{"a":0,"user":{"tags":["x","y"]}}',
  },
  {
    does: 'removes what it has set',
    changes: { set: { '/b': 1 }, remove: ['/b'] },
    body: '{"a":1}',
    becomes: '{"a":1}',
  },
  {
    does: 'finds elements of lists, and adds to them',
    changes: { set: { '/user/tags/0': 'first', '/user/tags/-': 'last' }, remove: ['/user/tags/1'] },
    body: plain,
    becomes: '{"a":0,"user":{"name":"ann","tags":["first","last"]}}',
  },
  {
    does: 'takes no element that a list does not have, and no number with a zero before it',
    changes: { set: { '/user/tags/9': 1, '/user/tags/00': 2, '/user/tags/x': 3 }, remove: ['/user/tags/2'] },
    body: plain,
    becomes: plain,
  },
  {
    does: 'reads the escapes of a pointer, each once',
    changes: { set: { '/a~1b': 1, '/c~0d': 2, '/~01': 3, '/': 4, '/user/': 5 } },
    body: '{"a/b":0,"user":{}}',
    becomes: '{"a/b":1,"user":{"":5},"c~d":2,"~1":3,"":4}',
  },
  {
    does: 'keeps every other value as it was',
    changes: { set: { '/a': 1 } },
    body: ' { "a":0 , "é\\u00e9":"\\u0001\\b\\f\\n\\r\\t\\"\\\\\\/\\ud83d\\ude00😀", "n":[0,-1,1.5,1e21,123456789012,0.1,5e-324,1e3] } ',
    becomes:
      '{"a":1,"éé":"\\u0001\\b\\f\\n\\r\\t\\"\\\\/😀😀","n":[0,-1,1.5,1e+21,123456789012,0.1,5e-324,1000]}',
  },
  {
    does: 'takes members that JavaScript has on every object for members like any other',
    changes: { set: { '/__proto__': { x: 1 }, '/constructor': 2, '/toString/y': 3 } },
    body: '{"hasOwnProperty":0}',
    becomes: '{"hasOwnProperty":0,"__proto__":{"x":1},"constructor":2}',
  },
  {
    does: 'writes half a surrogate pair so that it arrives',
    changes: { set: { '/a': 1 } },
    body: '{"a":0,"half":"\\ud800x\\udc00"}',
    becomes: '{"a":1,"half":"\\ud800x\\udc00"}',
  },
  ...['text/plain', 'text/html; charset=utf-8', ''].map((type) => ({
    does: `passes a body of ${type || 'no type'} untouched`,
    changes: { set: { '/a': 1 } },
    body: ' {"a": 0}',
    becomes: ' {"a": 0}',
    type,
  })),
  {
    does: 'changes any type that says JSON',
    changes: { set: { '/a': 1 } },
    body: ' {"a": 0}',
    becomes: '{"a":1}',
    type: 'application/problem+json; charset=utf-8',
  },
  ...[
    '{"a":',
    '{"a":0}}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":"\t"}',
    '{a:0}',
    '[0,]',
    '\0',
  ].map((body) => ({
    does: `passes ${JSON.stringify(body)}, which is not JSON, untouched`,
    changes: { set: { '/a': 1 }, remove: ['/b'] },
    body,
    becomes: body,
  })),
  ...['"text"', '1', 'null'].map((body) => ({
    does: `has nothing to change in ${body}`,
    changes: { set: { '/a': 1 }, remove: ['/b'] },
    body,
    becomes: body,
  })),
];

type Way = 'request' | 'response';

/** A body that comes in those pieces, each in a turn of its own. */
class Sent implements BodySource {
  readonly length: number | undefined;
  readonly #pieces: readonly string[];

  constructor(pieces: readonly string[], length?: number) {
    this.#pieces = pieces;
    this.length = length;
  }

  start(sink: BodySink): void {
    const [piece, ...rest] = this.#pieces;
    setImmediate(() => {
      if (piece === undefined) return sink.end();
      sink.data(Buffer.from(piece));
      new Sent(rest).start(sink);
    });
  }

  resume(): void {}
  cancel(): void {}
}

/** What becomes of a text, undefined when it is not JSON. */
function changed(text: string, { set, remove }: Required<Changes>): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const [pointer, value] of Object.entries(set)) setAt(document, parsePointer(pointer) ?? [], value);
  for (const pointer of remove) removeAt(document, parsePointer(pointer) ?? []);
  return document;
}

/** What `body-transform` and `lazy-transform` have in common: all that they do. */
export function transforms(name: string): void {
  let vm: PluginVm;
  afterEach(() => vm.close());

  /** What a message becomes whose body comes in those pieces; its length is told unless it is undefined. */
  async function through(
    way: Way,
    config: unknown,
    pieces: readonly string[],
    type: string,
    length?: number,
  ) {
    vm = PluginVm.create(await loadedPlugin(name), world());
    const stage = pluginStage(vm.root(JSON.stringify(config)));
    const head = [
      ...(type === '' ? [] : ['content-type', type]),
      ...(length === undefined ? [] : ['content-length', String(length)]),
    ];
    const exchange = anExchange('POST a/', way === 'request' ? head : []);
    if (way === 'request') exchange.requestBody = new Sent(pieces, length);
    await stage.request?.(exchange);
    if (way === 'response') {
      exchange.upstreamStatus = 200;
      respond(exchange, 200, head).responseBody = new Sent(pieces, length);
      await stage.response?.(exchange);
    }
    const body = way === 'request' ? exchange.requestBody : exchange.responseBody;
    const headers = way === 'request' ? exchange.request.headers : exchange.response?.headers;
    const told = headers?.get('content-length');
    if (!body || Buffer.isBuffer(body)) return { text: (body ?? '').toString(), told };
    const reader = new Reader();
    body.start(reader);
    await eventually('the body has passed', () => reader.ended);
    return { text: reader.text, told };
  }

  for (const way of ['request', 'response'] as const) {
    describe(`of a ${way}`, () => {
      for (const { does, changes, body, becomes, type = 'application/json' } of cases) {
        it(does, async () => {
          const { text, told } = await through(
            way,
            { [way]: changes },
            [body],
            type,
            Buffer.byteLength(body),
          );
          if (body === becomes) expect(text).to.equal(body);
          else expect(JSON.parse(text)).to.deep.equal(JSON.parse(becomes));
          // Taken away by a plugin that runs on hosts which would not mend it; never one that is wrong.
          if (told !== undefined) expect(told).to.equal(String(Buffer.byteLength(text)));
        });
      }

      it('changes a body that comes in pieces', async () => {
        const pieces = ['{"a', '":[1,2', ',3],"b":', '"x"}'];
        const config = { [way]: { set: { '/b': 'y' }, remove: ['/a/0'] } };
        const { text } = await through(way, config, pieces, 'application/json');
        expect(JSON.parse(text)).to.deep.equal({ a: [2, 3], b: 'y' });
      });

      it('leaves the other way alone', async () => {
        const config = { [way === 'request' ? 'response' : 'request']: { set: { '/b': 'y' } } };
        expect((await through(way, config, [' {', '} '], 'application/json')).text).to.equal(' {} ');
      });
    });
  }

  it('takes for JSON what JavaScript takes for it, and reads the same in it', async () => {
    const random = randomOf(seedFor(name));
    vm = PluginVm.create(await loadedPlugin(name), world());
    const changes = {
      set: { '/user/role': { a: ['guest'] }, '/user/0': 1, '/more': 'm' },
      remove: ['/user/a'],
    };
    const stage = pluginStage(vm.root(JSON.stringify({ response: changes })));
    for (let i = 0; i < 1000; i++) {
      const good = randomJson(random);
      const body = (i % 2 ? damaged(good, random) : good).toWellFormed();
      const exchange = anExchange();
      await stage.request?.(exchange);
      exchange.upstreamStatus = 200;
      respond(exchange, 200, ['content-type', 'application/json']).responseBody = Buffer.from(body);
      await stage.response?.(exchange);
      const made = (exchange.responseBody as unknown as Buffer).toString();
      const wanted = changed(body, changes);
      if (wanted === undefined) expect(made).to.equal(body);
      else expect(JSON.stringify(JSON.parse(made)), body).to.equal(JSON.stringify(wanted));
      stage.log?.(exchange);
      stage.finish?.(exchange);
    }
  });

  for (const config of [
    '',
    '[]',
    '{"request": 1}',
    '{"request": {"set": []}}',
    '{"request": {"set": {"a": 1}}}',
    '{"request": {"set": {"": 1}}}',
    '{"response": {"remove": {}}}',
    '{"response": {"remove": ["a"]}}',
    '{"response": {"remove": [1]}}',
  ]) {
    it(`refuses the configuration ${config || 'that is empty'}, and says what it must be`, async () => {
      const remembered = world();
      vm = PluginVm.create(await loadedPlugin(name), remembered);
      expect(() => vm.root(config)).to.throw(/refused its configuration/);
      expect(remembered.said().at(-1)).to.include('the configuration must be');
    });
  }
}
