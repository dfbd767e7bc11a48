import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { externalAuth } from '../../src/middleware/external-auth.ts';
import type { Reply } from '../../src/middleware/middleware.ts';
import { HeldBody } from '../../src/middleware/side/held-body.ts';
import type { ExternalAuth } from '../../src/model/model.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

const settings = (part: Partial<ExternalAuth> = {}): ExternalAuth => ({
  upstream: 'auth',
  path: '/',
  isPrefix: false,
  preserveMethod: false,
  upstreamHeaders: ['x-user'],
  responseHeaders: ['set-cookie', 'x-level'],
  timeoutMs: 250,
  failOpen: false,
  maxBodyBytes: 0,
  ...part,
});

const reply = (status: number, flat: string[] = [], body?: string): Reply => ({
  head: { status, headers: new HeaderList(flat) },
  body: body === undefined ? undefined : new HeldBody(Buffer.from(body)),
});

/** A stage whose service gives that answer. What it is asked of sockets is in test/feature/external-auth.test.ts. */
function world(answer: (question: Exchange) => Reply | Promise<Reply>, part: Partial<ExternalAuth> = {}) {
  const asked: unknown[] = [];
  const site = testSite({
    send: async (question, upstream, timeoutMs) => {
      asked.push([upstream, timeoutMs]);
      return answer(question);
    },
  });
  return { stage: externalAuth.compile(settings(part), site), site, asked };
}

const codeOf = async (outcome: unknown): Promise<string> => {
  try {
    await outcome;
    return 'none';
  } catch (error) {
    return error instanceof LoomError ? error.code : String(error);
  }
};

describe('externalAuth', () => {
  it('asks the upstream, and copies what it may say to both sides', async () => {
    const answer = reply(204, [
      'x-user',
      'ann',
      'x-secret',
      '1',
      'set-cookie',
      'a',
      'set-cookie',
      'b',
      'x-level',
      '2',
    ]);
    const { stage, site, asked } = world(() => answer);
    const { exchange } = exchangeOf('GET shop/', ['x-user', 'root', 'x-other', '1']);
    expect(await stage.request?.(exchange)).to.equal(undefined);
    expect(asked).to.deep.equal([['auth', 250]]);
    expect(exchange.request.headers.flat).to.deep.equal(['x-other', '1', 'x-user', 'ann']);
    exchange.response = { status: 200, headers: new HeaderList(['set-cookie', 'own', 'x-level', '9']) };
    expect(stage.response?.(exchange)).to.equal(undefined);
    expect(exchange.response.headers.flat).to.deep.equal([
      'set-cookie',
      'own',
      'set-cookie',
      'a',
      'set-cookie',
      'b',
      'x-level',
      '2',
    ]);
    expect(site.counted).to.deep.equal({ passed: 1, refused: 0, unavailable: 0, unchecked: 0 });
  });

  it('shows the service what a client has sent, and the upstream never', async () => {
    let shown: string | undefined;
    const { stage } = world((question) => {
      shown = question.request.headers.get('x-user');
      return reply(200);
    });
    const { exchange } = exchangeOf('GET shop/', ['x-user', 'root']);
    await stage.request?.(exchange);
    expect([shown, exchange.request.headers.has('x-user')]).to.deep.equal(['root', false]);
  });

  it('gives a refusal to the client as it is', async () => {
    const { stage, site } = world(() =>
      reply(302, ['location', 'https://login/', 'content-type', 'text/html'], '<p>'),
    );
    const refusal = await stage.request?.(exchangeOf('GET shop/').exchange);
    expect(refusal?.head.status).to.equal(302);
    expect(refusal?.head.headers.flat).to.deep.equal([
      'location',
      'https://login/',
      'content-type',
      'text/html',
      'content-length',
      '3',
    ]);
    expect(refusal?.body).to.deep.equal(Buffer.from('<p>'));
    expect(site.counted).to.include({ refused: 1 });
  });

  it('or what of its headers was named, beside those of the body', async () => {
    const { stage } = world(
      () => reply(401, ['www-authenticate', 'X', 'x-debug', '1', 'content-encoding', 'br'], 'x'),
      {
        refusalHeaders: ['www-authenticate'],
      },
    );
    const refusal = await stage.request?.(exchangeOf('GET shop/').exchange);
    expect(refusal?.head.headers.flat).to.deep.equal([
      'www-authenticate',
      'X',
      'content-encoding',
      'br',
      'content-length',
      '1',
    ]);
  });

  const failures: Readonly<Record<string, () => Reply>> = {
    'is not there': () => {
      throw new LoomError('connect-failed');
    },
    'answers with 500': () => reply(500, [], 'x'),
    'answers with 503': () => reply(503),
    'says no at great length': () => reply(403, [], 'x'.repeat((1 << 20) + 1)),
  };
  for (const [what, answer] of Object.entries(failures)) {
    it(`refuses when the service ${what}, or lets pass where that was told`, async () => {
      const closed = world(answer);
      const first = exchangeOf('GET shop/', ['x-user', 'root']).exchange;
      expect(await codeOf(closed.stage.request?.(first))).to.equal('auth-unavailable');
      expect(closed.site.counted).to.include({ unavailable: 1, unchecked: 0 });
      const open = world(answer, { failOpen: true });
      const second = exchangeOf('GET shop/', ['x-user', 'root']).exchange;
      expect(await codeOf(open.stage.request?.(second))).to.equal('none');
      expect(second.request.headers.has('x-user')).to.equal(false);
      expect(open.site.counted).to.include({ unavailable: 0, unchecked: 1 });
    });
  }

  it('ends the question when the client leaves, and counts it nowhere', async () => {
    const { stage, site } = world(
      (question) => new Promise((_, reject) => void question.whenAborted(reject)),
      { failOpen: true },
    );
    const { exchange } = exchangeOf('GET shop/');
    const asked = codeOf(stage.request?.(exchange));
    exchange.abort(new Error('gone'));
    expect(await asked).to.equal('client-abort');
    expect(Object.values(site.counted)).to.deep.equal([0, 0, 0, 0]);
  });

  it('sends a body that is short enough, which then goes on to the upstream', async () => {
    const bodies: unknown[] = [];
    const { stage } = world(
      (question) => {
        bodies.push(question.requestBody);
        return reply(200);
      },
      { maxBodyBytes: 4 },
    );
    const { exchange } = exchangeOf('POST shop/');
    exchange.requestBody = new HeldBody(Buffer.from('1234'));
    expect(await codeOf(stage.request?.(exchange))).to.equal('none');
    expect(bodies).to.deep.equal([exchange.requestBody]);
    exchange.requestBody = new HeldBody(Buffer.from('12345'));
    expect(await codeOf(stage.request?.(exchange))).to.equal('body-too-large');
    expect(bodies).to.have.length(1);
  });
});
