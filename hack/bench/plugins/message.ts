import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { anExchange } from '../../../test/wasm/world.ts';
import { documentOf, oneField, threeFields, twelveFields } from './documents.ts';
import { figure, print, race, type Contender, type Summary } from './table.ts';
import { answered, end, vmOf } from './worker.ts';

interface Work {
  readonly title: string;
  readonly read: readonly string[];
  readonly write: readonly string[];
}

const readAndWrite: Work = { title: 'read 3, write 1', read: threeFields, write: oneField };
const mutate: Work = { title: 'mutate 12', read: [], write: twelveFields };

/** One exchange each, from the request to its end, with the body as the upstream gave it and as it goes on. */
async function contenders({ read, write }: Work, body: Buffer): Promise<readonly Contender[]> {
  const guest = await Promise.all(
    (['nothing', 'whole', 'body', 'fields'] as const).map(async (by) => {
      const vm = await vmOf('message-access');
      const stage = pluginStage(vm.root(JSON.stringify({ at: 'response', by, read, write })));
      const run = (): void => {
        const exchange = answered(stage, body);
        void stage.response?.(exchange);
        if (!Buffer.isBuffer(exchange.responseBody)) throw new Error('the body has not passed');
        if (by !== 'nothing' && !exchange.responseBody.includes('changed by the plugin'))
          throw new Error(`nothing was changed by ${by}`);
        end(stage, exchange);
      };
      return { name: names[by], run };
    }),
  );
  return [...guest, { name: 'native JavaScript', run: () => native(read, write, body) }];
}

const names = {
  nothing: 'body held, not looked at',
  whole: 'full: `readMessage`, `writeMessage`',
  body: 'full: `responseBody.json`, `replaceJson`',
  fields: 'handles: `readField`, `writeField`',
};

/** The same work without a plugin. */
function native(read: readonly string[], write: readonly string[], body: Buffer): Buffer {
  const document = JSON.parse(body.utf8Slice()) as Record<string, unknown>;
  const holder = (pointer: string): [Record<string, unknown>, string] => {
    const parts = pointer.split('/').slice(2);
    const last = parts.pop() ?? '';
    return [parts.reduce((at, part) => at[part] as Record<string, unknown>, document), last];
  };
  for (const pointer of read) {
    const [at, last] = holder(pointer);
    if (at[last] === undefined) throw new Error(`${pointer} is not there`);
  }
  for (const pointer of write) {
    const [at, last] = holder(pointer);
    at[last] = 'changed by the plugin';
  }
  return Buffer.from(JSON.stringify(document));
}

const head = ['/headers/user-agent', '/headers/x-request-id', '/headers/x-forwarded-for'];
const fields = Object.entries({
  host: 'shop.example.com',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en-GB,en;q=0.5',
  'accept-encoding': 'gzip, deflate, br, zstd',
  cookie: 'session=0123456789abcdef0123456789abcdef; theme=dark',
  'x-request-id': 'f3b1c9d2-5f6a-4a0e-9a53-0d3f6f6b7c11',
  'x-forwarded-for': '192.0.2.1',
  'x-plan': 'gold',
}).flat();

/** The same of a head: 3 headers read, 1 set. */
async function heads(runs: number): Promise<void> {
  const ways = {
    nothing: 'not looked at',
    whole: names.whole,
    fields: names.fields,
    headers: 'handles: `request.get`, `set`',
  };
  const racing = await Promise.all(
    Object.entries(ways).map(async ([by, name]) => {
      const vm = await vmOf('message-access');
      const config = { at: 'request', by, read: head, write: ['/headers/x-plan'] };
      const stage = pluginStage(vm.root(JSON.stringify(config)));
      const run = (): void => {
        const exchange = anExchange('GET shop.example.com/cart?x=1', fields.slice());
        void stage.request?.(exchange);
        if (by !== 'nothing' && exchange.request.headers.get('x-plan') !== 'changed by the plugin')
          throw new Error(`nothing was changed by ${by}`);
        end(stage, exchange);
      };
      return { name, run };
    }),
  );
  const rows = race(racing, runs).map(({ avg, p50, p95, p99 }, i) => [
    racing[i]?.name ?? '',
    ...[avg, p50, p95, p99].map(figure),
  ]);
  print(
    'A request head of 9 headers, read 3, write 1, µs for one exchange',
    ['', 'avg', 'p50', 'p95', 'p99'],
    rows,
  );
}

/** Whole or by handle: what one message costs, by its size and by what the plugin does with it. */
export async function messages(scale: number): Promise<void> {
  await heads(Math.ceil(6000 * scale));
  const sizes: readonly (readonly [string, number, number])[] = [
    ['2.4 KB', 2400, 6000],
    ['10 KB', 10_000, 3000],
    ['50 KB', 50_000, 800],
    ['100 KB', 100_000, 400],
  ];
  for (const [size, bytes, runs] of sizes) {
    for (const work of bytes === 2400 ? [readAndWrite, mutate] : [readAndWrite]) {
      const body = documentOf(bytes);
      const racing = await contenders(work, body);
      const results = race(racing, Math.ceil(runs * scale));
      const base = results.at(-1) as Summary;
      print(
        `${work.title}, ${size} (${body.length} bytes), µs for one exchange`,
        ['', 'avg', 'p50', 'p95', 'p99', '× native'],
        racing.map(({ name }, i) => {
          const { avg, p50, p95, p99 } = results[i] as Summary;
          return [name, ...[avg, p50, p95, p99].map(figure), (p50 / base.p50).toFixed(2)];
        }),
      );
    }
  }
}
