import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { expect } from 'chai';
import { echoBackend, startBackend, type Backend, type Echo } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bodyScripts, scriptedGuest } from '../support/scripted.ts';
import { startWorld, type World } from '../support/world.ts';

/** Plugin by name: what the scripted guest does; more of its settings. */
const plugins: Readonly<Record<string, string | readonly [string, string]>> = {
  // Shows hundreds of pieces: what a slow machine takes for that is not the matter here.
  watch: ['none', 'limits: { requestCpu: 0s, callbackCpu: 0s }'],
  ...bodyScripts,
  hold: 'request_body:pause',
  'hold-response': 'response_body:pause',
  'hold-head': 'response_headers:pause',
  narrow: ['request_body:pause', 'limits: { bufferKiB: 1 }'],
  'narrow-response': ['response_body_part:pause', 'limits: { bufferKiB: 1 }'],
  route: 'request_headers:header',
  answer: 'request_headers:reply',
  behind: 'none',
};

const config = (upstream: number, other: number): string => `
routes:
${Object.keys(plugins)
  .map((name) => `  - { id: ${name}, path: /${name}/*, upstream: main, plugins: [${name}] }`)
  .join('\n')}
  - { id: two, path: /two/*, upstream: main, plugins: [answer, behind] }
  - { id: chosen, path: /*, headers: { x-from: scripted }, upstream: other }
  - { id: chosen-exactly, path: /route/*, headers: { x-from: scripted }, upstream: other }
upstreams:
  - { name: main, endpoints: ["127.0.0.1:${upstream}"] }
  - { name: other, endpoints: ["127.0.0.1:${other}"] }
plugins:
${Object.entries(plugins)
  .map(([name, script]) => {
    const [words, more] = typeof script === 'string' ? [script, 'priority: 0'] : script;
    return `  - { name: ${name}, path: "${scriptedGuest}", config: "${words}", capabilities: { allow: [RequestBody, ResponseBody, Routing] }, ${more} }`;
  })
  .join('\n')}
`;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

describe('bodies through plugins', () => {
  let world: World;
  let main: Backend;
  let other: Backend;
  /** What the backend does with a request of a path that ends so. */
  const answers = new Map<
    string,
    (request: IncomingMessage, response: Parameters<Parameters<typeof startBackend>[0]>[1]) => void
  >();
  let gone: string[] = [];

  before(async () => {
    const echo = await echoBackend('unused');
    await echo.close();
    main = await startBackend((request, response) => {
      const url = request.url ?? '';
      request.on('error', () => undefined);
      response.on('close', () => response.writableFinished || gone.push(url));
      const special = answers.get(url.slice(url.lastIndexOf('/')));
      if (special) return special(request, response);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, headers, trailers } = request;
        response.end(
          JSON.stringify({
            backend: 'main',
            method,
            url,
            headers,
            trailers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
    });
    other = await echoBackend('other');
    world = await startWorld(config(main.port, other.port));
  });
  after(async () => {
    await world?.stop('SIGKILL');
    await main?.close();
    await other?.close();
  });
  beforeEach(() => {
    gone = [];
    answers.clear();
  });

  function begin(
    path: string,
    headers: OutgoingHttpHeaders,
    method = 'POST',
  ): { request: ClientRequest; answer: Promise<Answer> } {
    const request = httpRequest(`${world.url}${path}`, { method, headers, agent: false });
    const answer = new Promise<Answer>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        let body = '';
        response.setEncoding('latin1').on('data', (text: string) => (body += text));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            trailers: response.trailers,
            body,
          });
        });
      });
    });
    answer.catch(() => undefined);
    return { request, answer };
  }
  const post = (
    path: string,
    body: string,
    headers: OutgoingHttpHeaders = { 'content-length': body.length },
  ): Promise<Answer> => {
    const { request, answer } = begin(path, headers);
    request.end(body);
    return answer;
  };
  const said = (plugin: string): string[] =>
    world.log
      .filter((line) => line['msg'] === 'plugin says' && line['plugin'] === plugin)
      .map((line) => String(line['text']));
  const failure = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'it was answered',
      (error: Error & { code?: string }) => error.code ?? error.message,
    );

  it('tells upstream and client the exact length of small bodies that a plugin replaced', async () => {
    const { status, headers, body } = await post('/replace/a', 'something');
    const seen = JSON.parse(body.slice(2)) as Echo;
    expect([status, body.slice(0, 2), seen.body]).to.deep.equal([200, 'P-', 'changed']);
    expect([seen.headers['content-length'], seen.headers['transfer-encoding']]).to.deep.equal([
      '7',
      undefined,
    ]);
    expect(headers['content-length']).to.equal(String(body.length));
  });

  it('rewrites a body of unknown length piece by piece', async () => {
    const { request, answer } = begin('/pieces/a', { 'transfer-encoding': 'chunked' });
    request.write('abc');
    request.end();
    const { body } = await answer;
    const seen = JSON.parse(body.slice(0, body.lastIndexOf('}') + 1)) as Echo;
    expect([seen.body, seen.headers['transfer-encoding']]).to.deep.equal(['abc++', 'chunked']);
    expect(body.endsWith('--')).to.equal(true);
  });

  it('passes large bodies whole, both ways', async () => {
    const body = 'x'.repeat(5_000_000);
    answers.set('/mirror', (request, response) => request.pipe(response));
    const answer = await post('/watch/mirror', body);
    expect(answer.body.length).to.equal(body.length);
  });

  it('takes no more from a client than the upstream reads', async () => {
    let read: (() => void) | undefined;
    let received = 0;
    answers.set('/stuck', (request, response) => {
      read = () => {
        request.on('data', (chunk: Buffer) => (received += chunk.length));
        request.on('end', () => response.end('done'));
      };
    });
    const total = 400;
    const piece = Buffer.alloc(1 << 18, 'x');
    const { request, answer } = begin('/watch/stuck', { 'transfer-encoding': 'chunked' });
    let written = 0;
    const write = (): void => {
      while (written < total)
        if ((written++, !request.write(piece))) return void request.once('drain', write);
      request.end();
    };
    write();
    let before = -1;
    let same = 0;
    await eventually('the client is held up', async () => {
      same = written === before && read ? same + 1 : 0;
      before = written;
      return same > 20;
    });
    expect(written).to.be.lessThan(total / 2);
    read?.();
    expect((await answer).body).to.equal('done');
    expect(received).to.equal(total * piece.length);
  });

  it('answers from the body of a small request before any upstream hears of it', async () => {
    const before = main.seen.length;
    const { status, body } = await post('/refuse/a', 'attack');
    expect([status, body, main.seen.length]).to.deep.equal([418, 'made here', before]);
  });

  it('answers from the body of a request that is on its way, and cancels the upstream', async () => {
    answers.set('/waits', (request) => request.resume());
    const before = main.seen.length;
    const { request, answer } = begin('/refuse/waits', { 'transfer-encoding': 'chunked' });
    request.flushHeaders();
    await eventually('the head is there', async () => main.seen.length > before);
    request.write('attack');
    const { status, body } = await answer;
    request.destroy();
    expect([status, body]).to.deep.equal([418, 'made here']);
    await eventually('the upstream was let go', async () => gone.length === 1);
  });

  it('cuts a response in the middle that a plugin answers, closes or fails in', async () => {
    answers.set('/stream', (_request, response) => void response.write('first'));
    for (const plugin of ['late', 'close', 'trap'])
      expect(await failure(post(`/${plugin}/stream`, 'x')), plugin).to.match(/ECONNRESET|aborted|hang up/);
  });

  it('replaces a response that has not begun', async () => {
    expect((await post('/late/a', 'x')).status).to.equal(418);
    expect((await post('/trap/a', 'x')).status).to.equal(503);
    expect(await failure(post('/close/a', 'x'))).to.match(/ECONNRESET|hang up/);
  });

  it('answers 413 and 500 when a plugin holds back more than it may', async () => {
    const { request, answer } = begin('/narrow/a', { 'transfer-encoding': 'chunked' });
    request.end('x'.repeat(2000));
    expect((await answer).status).to.equal(413);
    answers.set('/much', (_request, response) => response.end('x'.repeat(2000)));
    const { request: get, answer: much } = begin('/narrow-response/much', {}, 'GET');
    get.end();
    expect((await much).status).to.equal(500);
  });

  it('shows trailers, and adds to them, both ways', async () => {
    answers.set('/sums', (request, response) => {
      request.resume().on('end', () => {
        response.write(JSON.stringify(request.trailers));
        response.addTrailers({ 'x-sum': '9' });
        response.end();
      });
    });
    const { request, answer } = begin('/sums/sums', { 'transfer-encoding': 'chunked', trailer: 'x-sum' });
    request.write('abc');
    request.addTrailers({ 'x-sum': '6' });
    request.end();
    const { body, trailers } = await answer;
    expect(JSON.parse(body)).to.deep.equal({ 'x-sum': '6', 'x-made': 'trailer' });
    expect({ ...trailers }).to.deep.equal({ 'x-sum': '9', 'x-made': 'trailer' });
    await eventually('it was said', async () => said('sums').includes('x-sum 0 6'));
  });

  it('leaves the length of a response to HEAD', async () => {
    answers.set('/head', (_request, response) => void response.setHeader('content-length', '5').end());
    const { request, answer } = begin('/pieces/head', {}, 'HEAD');
    request.end();
    const { headers } = await answer;
    expect([headers['content-length'], headers['transfer-encoding']]).to.deep.equal(['5', undefined]);
  });

  for (const [plugin, what, path] of [
    ['hold', 'its body', 'a'],
    ['hold-response', "its response's body", 'stream'],
    ['hold-response', "its response's whole body", 'a'],
    ['hold-head', "its response's head", 'a'],
  ] as const) {
    it(`ends an exchange whose client leaves while a plugin holds back ${what}`, async () => {
      answers.set('/stream', (_request, response) => void response.write('first'));
      const deleted = (): number => said(plugin).filter((text) => text.startsWith('delete')).length;
      const held = (): number => said(plugin).filter((text) => /_body|response_headers/.test(text)).length;
      const [deletedBefore, heldBefore] = [deleted(), held()];
      const { request } = begin(`/${plugin}/${path}`, { 'transfer-encoding': 'chunked' });
      request.on('error', () => undefined);
      request.write('abc');
      if (plugin !== 'hold') request.end();
      await eventually('it is held', async () => held() > heldBefore);
      request.destroy();
      await eventually('the plugin hears of the end', async () => deleted() > deletedBefore);
    });
  }

  it('routes anew by what a plugin changed', async () => {
    const { body } = await post('/route/a', 'x');
    expect((JSON.parse(body) as Echo).backend).to.equal('other');
  });

  it("calls every plugin's on_log before any on_done, also behind one that answered", async () => {
    const line = (text: string): boolean => /^(context_create|request|log|done|delete)/.test(text);
    const from = world.log.length;
    expect((await post('/two/a', 'x')).status).to.equal(418);
    const since = (): string[] =>
      world.log
        .slice(from)
        .filter(({ plugin }) => plugin === 'answer' || plugin === 'behind')
        .filter(({ text }) => line(String(text)))
        .map((entry) => `${String(entry['plugin'])} ${String(entry['text']).split(' ')[0]}`);
    await eventually(
      'both are deleted',
      async () => since().filter((text) => text.endsWith('delete')).length === 2,
    );
    expect(since()).to.deep.equal([
      'answer context_create',
      'answer request_headers',
      'answer log',
      'behind context_create',
      'behind log',
      'answer done',
      'answer delete',
      'behind done',
      'behind delete',
    ]);
  });
});
