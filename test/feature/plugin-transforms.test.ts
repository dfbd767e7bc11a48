import { request as httpRequest, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { startBackend, type Backend } from '../support/backend.ts';
import { startWorld, type World } from '../support/world.ts';

const wasm = (name: string): string => `${process.cwd()}/plugins/examples/${name}/build/${name}.wasm`;
const changes = {
  request: { set: { '/source': 'gateway' }, remove: ['/secret'] },
  response: { set: { '/user/role': 'guest' }, remove: ['/user/password'] },
};

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function heard(message: IncomingMessage): Promise<Heard> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return { headers: message.headers, body: Buffer.concat(chunks).toString() };
}

/** What is on the wire: the length that the head tells is that of the body, or the body is chunked. */
function framed({ headers, body }: Heard): void {
  if (headers['transfer-encoding'] === 'chunked') expect(headers['content-length']).to.equal(undefined);
  else expect(headers['content-length']).to.equal(String(Buffer.byteLength(body)));
}

for (const name of ['body-transform', 'lazy-transform']) {
  describe(`${name} over real sockets`, () => {
    let world: World;
    let backend: Backend;
    let seen: Heard;
    /** What the backend answers, in pieces where they are several. */
    let answer: { readonly type: string; readonly pieces: readonly string[] };

    before(async () => {
      backend = await startBackend((request, response) => {
        void heard(request).then((message) => {
          seen = message;
          response.setHeader('content-type', answer.type);
          for (const piece of answer.pieces.slice(0, -1)) response.write(piece);
          response.end(answer.pieces.at(-1));
        });
      });
      world = await startWorld(`
routes: [{ id: all, path: /*, upstream: main, plugins: [change] }]
upstreams: [{ name: main, endpoints: ["127.0.0.1:${backend.port}"] }]
plugins:
  - name: change
    path: ${wasm(name)}
    config: ${JSON.stringify(changes)}
    capabilities: { allow: [RequestBody, ResponseBody, ForeignFunctions] }
`);
    });
    after(async () => {
      await world?.stop('SIGKILL');
      await backend?.close();
    });

    async function post(pieces: readonly string[], type = 'application/json'): Promise<Heard> {
      const whole = pieces.length === 1 ? { 'content-length': Buffer.byteLength(pieces[0] ?? '') } : {};
      const sent = httpRequest(world.url, {
        method: 'POST',
        agent: false,
        headers: { 'content-type': type, ...whole },
      });
      const response = new Promise<IncomingMessage>((resolve, reject) => {
        sent.on('response', resolve).on('error', reject);
      });
      for (const piece of pieces) sent.write(piece);
      sent.end();
      return heard(await response);
    }

    for (const [what, sent, answered] of [
      ['of known length', ['{"secret":1,"n":[1,2]}'], ['{"user":{"name":"é","password":"p"}}']],
      ['in pieces', ['{"secr', 'et":1,"n":', '[1,2]}'], ['{"user":{"name"', ':"é","password":"p"', '}}']],
    ] as const) {
      it(`changes bodies ${what}, and the length is that of what is sent`, async () => {
        answer = { type: 'application/json', pieces: answered };
        const got = await post(sent);
        expect(JSON.parse(seen.body)).to.deep.equal({ n: [1, 2], source: 'gateway' });
        expect(JSON.parse(got.body)).to.deep.equal({ user: { name: 'é', role: 'guest' } });
        framed(seen);
        framed(got);
      });
    }

    it('changes a body that is larger than what passes before its head', async () => {
      const list = Array.from({ length: 20_000 }, (_, i) => i);
      answer = { type: 'application/json', pieces: [JSON.stringify({ user: {}, list })] };
      const got = await post([JSON.stringify({ list, secret: 1 })]);
      expect(JSON.parse(seen.body)).to.deep.equal({ list, source: 'gateway' });
      expect(JSON.parse(got.body)).to.deep.equal({ user: { role: 'guest' }, list });
      framed(seen);
      framed(got);
    });

    for (const [what, type, text] of [
      ['is not JSON by its type', 'text/plain', '{"secret":1,"user":{}}'],
      ['is not JSON whatever its type says', 'application/json', '{"secret":1,"user":{}'],
      ['is empty', 'application/json', ''],
    ] as const) {
      it(`leaves a body alone that ${what}`, async () => {
        answer = { type, pieces: [text] };
        const got = await post([text], type);
        expect([seen.body, got.body]).to.deep.equal([text, text]);
      });
    }
  });
}
