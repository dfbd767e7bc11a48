import { expect } from 'chai';
import { errors, LoomError, type ErrorCode } from '../../src/errors.ts';
import type { BodySource } from '../../src/http/body.ts';
import { EarlyReply } from '../../src/http/early-reply.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import type { Reply, Stage } from '../../src/middleware/middleware.ts';
import { SnapshotCell } from '../../src/runtime/cell.ts';
import { RequestHandler, type Forward } from '../../src/runtime/serve.ts';
import type { CompiledRule, Snapshot } from '../../src/runtime/snapshot.ts';
import { exchangeOf } from '../support/requests.ts';
import { eventually } from '../support/wait.ts';

const reply = (status: number, body: Reply['body'] = Buffer.from('body')): Reply => ({
  head: { status, headers: new HeaderList() },
  body,
});
const target: CompiledRule['forward'] = {
  choose: () => 'no-endpoint',
  timeouts: { requestMs: 0, responseMs: 0, idleMs: 0 },
  maxRequestBodyBytes: undefined,
};

/** A body that remembers why it was cancelled. */
class Body implements BodySource {
  readonly length = undefined;
  readonly cancelled: string[] = [];
  start(): void {}
  resume(): void {}
  cancel(reason: Error): void {
    this.cancelled.push(reason.message);
  }
}

describe('RequestHandler', () => {
  let steps: string[];
  let sent: ReturnType<typeof exchangeOf>;
  beforeEach(() => {
    steps = [];
    sent = exchangeOf('GET shop/cart');
    sent.exchange.id = 'id-1';
  });

  const stage = (name: string, part: Omit<Stage, 'name'> = {}): Stage => ({
    name,
    request: (exchange) => {
      steps.push(`${name}>`);
      return part.request?.(exchange);
    },
    response: (exchange) => {
      steps.push(`<${name} ${exchange.response?.status}`);
      return part.response?.(exchange);
    },
    finish: () => void steps.push(`${name}.`),
  });

  /** Serves the exchange, ends its response as a wire does, and sees to it that the generation is left exactly then. */
  async function serve(
    stages: readonly Stage[] | undefined,
    forward: Forward = () => Promise.resolve(reply(200)),
    more: { forward?: CompiledRule['forward']; error?: Error } = { forward: target },
  ): Promise<void> {
    const rule = {
      route: 'r',
      rule: 'main',
      priority: 'Normal' as const,
      stages: stages ?? [],
      ownFrom: 0,
      forward: more.forward,
    };
    const cell = new SnapshotCell<Snapshot>({
      revision: 1,
      find: () => stages && { target: rule, params: { id: '7' }, matchedPrefix: '/cart' },
    });
    let left = 0;
    const ended: number[] = [];
    const handler = new RequestHandler(
      cell,
      (exchange, where) => {
        steps.push('forward');
        return forward(exchange, where);
      },
      (_exchange, status) => void ended.push(status),
    );
    handler.serve(sent.exchange);
    cell.swap({ revision: 2, find: () => undefined }, [{ close: () => void left++ }]);
    await eventually('an answer or an end', () => sent.wire.head !== undefined || ended.length > 0);
    const { head, done } = sent.wire;
    if (done) expect([ended, left], 'while the response is sent').to.deep.equal([[], 0]);
    done?.(more.error);
    expect([ended, left, cell.waiting], 'after it').to.deep.equal([[head?.status ?? 0], 1, 0]);
  }

  it('runs the stages in order, and in reverse on the response, and ends them', async () => {
    await serve([stage('a'), stage('b')]);
    expect(steps).to.deep.equal(['a>', 'b>', 'forward', '<b 200', '<a 200', 'a.', 'b.']);
    expect(sent.wire.head?.headers.get('x-request-id')).to.equal('id-1');
    expect(sent.exchange).to.deep.include({ route: 'r', rule: 'main', params: { id: '7' } });
    expect(sent.exchange).to.include({ matchedPrefix: '/cart', responseBytes: 4, errorCode: undefined });
  });

  for (const [how, answer] of [
    ['at once', () => reply(418)],
    ['later', () => Promise.resolve(reply(418))],
  ] as const) {
    it(`ends the way up where a stage answers ${how}: entered stages only`, async () => {
      await serve([stage('a'), stage('b', { request: answer }), stage('c')]);
      expect(steps).to.deep.equal(['a>', 'b>', '<b 418', '<a 418', 'a.', 'b.']);
    });
  }

  it('waits for a stage before it enters the next', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const served = serve([stage('a', { request: () => promise }), stage('b')]);
    expect(steps).to.deep.equal(['a>']);
    resolve(undefined);
    await served;
    expect(steps.slice(0, 3)).to.deep.equal(['a>', 'b>', 'forward']);
  });

  const fail = (code: ErrorCode) => (): never => {
    throw new LoomError(code, 'why');
  };
  const broken = (): never => {
    throw new TypeError('broken');
  };
  type Failing = readonly [
    string,
    ErrorCode,
    readonly Stage[] | undefined,
    Forward?,
    CompiledRule['forward']?,
  ];
  const failing = (): readonly Failing[] => [
    ['no route', 'no-route', undefined],
    ['a stage that throws', 'plugin-failed', [stage('a', { request: fail('plugin-failed') })]],
    ['a stage that rejects', 'plugin-failed', [stage('a', { request: async () => fail('plugin-failed')() })]],
    ['a stage with a defect', 'internal', [stage('a', { request: broken })]],
    ['a response hook that throws', 'plugin-failed', [stage('a', { response: fail('plugin-failed') })]],
    ['a response hook with a defect', 'internal', [stage('a', { response: async () => broken() })]],
    ['a forward that rejects', 'connect-failed', [], async () => fail('connect-failed')()],
    ['a forward that throws', 'internal', [], broken],
  ];
  for (const [i, [title, code]] of failing().entries()) {
    it(`answers ${title} with ${code}`, async () => {
      const [, , stages, forward] = failing()[i] as Failing;
      await serve(stages, forward);
      expect(sent.wire.head?.status).to.equal(errors[code].status);
      expect((sent.wire.body as Buffer).toString())
        .to.match(new RegExp(`^${code}: `))
        .and.not.include('why');
      expect(sent.exchange.errorCode).to.equal(code);
    });
  }

  it('answers internal when no stage answers and there is nowhere to forward to', async () => {
    await serve([stage('a')], undefined, { forward: undefined });
    expect([sent.exchange.errorCode, steps[1]]).to.deep.equal(['internal', '<a 500']);
  });

  it('answers what the listener refused, without looking for a route', async () => {
    sent.exchange.refusal = new LoomError('uri-too-long');
    await serve([stage('a')]);
    expect([sent.wire.head?.status, sent.exchange.route, steps]).to.deep.equal([414, '', []]);
  });

  it('shows a failure to the response hooks of the stages that were entered, the failed one included', async () => {
    await serve([stage('a'), stage('b', { request: fail('plugin-failed') }), stage('c')]);
    expect(steps).to.deep.equal(['a>', 'b>', '<b 503', '<a 503', 'a.', 'b.']);
  });

  it('keeps the code of the first failure, and answers with the last', async () => {
    const stages = [stage('a', { response: fail('plugin-failed') })];
    await serve(stages, async () => fail('connect-failed')());
    expect([sent.exchange.errorCode, sent.wire.head?.status]).to.deep.equal(['connect-failed', 503]);
  });

  for (const [title, response, status] of [
    ['replaces', () => reply(418), 418],
    ['fails on', fail('plugin-failed'), 503],
  ] as const) {
    it(`cancels the body of a response that a stage ${title}, and shows the new one to the stages below`, async () => {
      const body = new Body();
      await serve([stage('a'), stage('b', { response })], async () => reply(200, body));
      expect(steps.slice(3, 5)).to.deep.equal(['<b 200', `<a ${status}`]);
      expect(sent.wire.head?.status).to.equal(status);
      expect(body.cancelled).to.have.length(1);
    });
  }

  it('leaves the body of a response alone that nobody replaces', async () => {
    const body = new Body();
    await serve([stage('a')], async () => reply(200, body));
    expect([sent.wire.body, body.cancelled]).to.deep.equal([body, []]);
  });

  for (const [error, code] of [
    [new LoomError('idle-timeout'), 'idle-timeout'],
    [new Error('gone'), 'client-abort'],
  ] as const) {
    it(`notes ${code} when the response breaks off with ${error.name}`, async () => {
      await serve([stage('a')], undefined, { forward: target, error });
      expect(sent.exchange.errorCode).to.equal(code);
      expect(steps.at(-1)).to.equal('a.');
    });
  }

  it('tells every stage of the end before any is finished, also those that were not entered', async () => {
    const told = (name: string, part: Omit<Stage, 'name'> = {}): Stage => ({
      ...stage(name, part),
      log: () => void steps.push(`${name} log`),
      missed: () => void steps.push(`${name} missed`),
    });
    await serve([told('a'), told('b', { request: () => reply(418) }), told('c')]);
    expect(steps.slice(-6)).to.deep.equal(['a log', 'b log', 'c missed', 'a.', 'b.', 'c.']);
  });

  it('answers with an early reply in place of the upstream, through the response hooks', async () => {
    await serve([stage('a')], () => Promise.reject(new EarlyReply(reply(418))));
    expect([sent.wire.head?.status, sent.exchange.errorCode]).to.deep.equal([418, undefined]);
    expect(steps).to.deep.equal(['a>', 'forward', '<a 418', 'a.']);
  });

  it('enters no further stage when the exchange was interrupted meanwhile', async () => {
    const request = (exchange: Exchange): undefined => {
      exchange.interrupt(new LoomError('plugin-failed'));
      return undefined;
    };
    await serve([stage('a', { request }), stage('b')]);
    expect(sent.wire.head?.status).to.equal(503);
    expect(steps).to.deep.equal(['a>', '<a 503', 'a.']);
  });

  it('sends to the rule that matches after a stage changed the request; stages before keep their place', async () => {
    const rules: Record<string, CompiledRule> = {
      '/cart': {
        route: 'old',
        rule: 'main',
        priority: 'Normal' as const,
        stages: [],
        ownFrom: 2,
        forward: target,
      },
      '/other': {
        route: 'new',
        rule: 'main',
        priority: 'Normal' as const,
        stages: [stage('x'), stage('y')],
        ownFrom: 1,
        forward: target,
      },
    };
    const request = (exchange: Exchange): undefined => {
      exchange.request.path = '/other';
      exchange.routeStale = true;
      return undefined;
    };
    Object.assign(rules['/cart'] as CompiledRule, {
      stages: [stage('a', { request }), stage('b'), stage('c')],
    });
    const cell = new SnapshotCell<Snapshot>({
      revision: 1,
      find: ({ path }) => {
        const rule = rules[path];
        return rule && { target: rule, params: {}, matchedPrefix: path };
      },
    });
    const handler = new RequestHandler(
      cell,
      () => Promise.resolve(reply(200)),
      () => undefined,
    );
    handler.serve(sent.exchange);
    await eventually('an answer', () => sent.wire.head !== undefined);
    expect(steps).to.deep.equal(['a>', 'b>', 'y>', '<y 200', '<b 200', '<a 200']);
    expect(sent.exchange.route).to.equal('new');
  });

  describe('when the client is gone', () => {
    const gone = new Error('the client closed the connection');
    const abort = (): void => sent.exchange.abort(gone);

    it('enters no further stage, sends nothing and cancels the answer of a stage', async () => {
      const body = new Body();
      const request = (): Reply => {
        abort();
        return reply(200, body);
      };
      await serve([stage('a', { request }), stage('b')]);
      expect(steps).to.deep.equal(['a>', 'a.']);
      expect([sent.wire.head, sent.exchange.errorCode]).to.deep.equal([undefined, 'client-abort']);
      expect(body.cancelled).to.have.length(1);
    });

    it('cancels the body of a response that came after all', async () => {
      const body = new Body();
      await serve([stage('a')], async () => {
        abort();
        return reply(200, body);
      });
      expect([sent.wire.head, body.cancelled]).to.deep.equal([undefined, [gone.message]]);
      expect(steps.at(-1)).to.equal('a.');
    });
  });

  it('gives up the connection, and leaves the generation, when the wire itself fails', async () => {
    sent.wire.respond = () => {
      throw new Error('defect');
    };
    await serve([]);
    expect(sent.wire.wasReset?.message).to.equal('defect');
    expect(sent.exchange.errorCode).to.equal('internal');
  });
});
