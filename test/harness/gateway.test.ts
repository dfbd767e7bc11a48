import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { Gateway } from '../../src/harness/gateway.ts';
import type { Outcome } from '../../src/harness/outcome.ts';
import { toScenario } from '../../src/harness/given.ts';
import { makePlan, type Plan } from '../../src/harness/plan.ts';
import { madeSections } from '../../src/harness/sections.ts';

const path = (name: string): string => resolve(`plugins/examples/${name}/build/${name}.wasm`);

describe('Gateway', () => {
  let plan: Plan;
  let gateway: Gateway;

  const open = (...plugins: object[]): Promise<void> => openWith({ plugins });
  const openWith = async (sections: object): Promise<void> => {
    plan = await makePlan(madeSections('table', sections));
    gateway = await Gateway.open(plan, 'info');
  };
  const play = (scenario: unknown): Promise<Outcome> => gateway.play(toScenario(scenario, 'test'));
  afterEach(async () => {
    await gateway.close();
    await plan.guard.close();
  });

  it('carries pieces, trailers and repeated headers both ways', async () => {
    await open({ name: 'hello', path: path('hello') });
    const message = {
      body: ['one ', { json: 2 }, { base64: '/w==' }],
      trailers: { 'X-T': 'end' },
      headers: { a: ['1', '2'] },
    };
    const { request, response } = await play({ request: message, upstream: { status: 203, ...message } });
    for (const arrived of [request, response]) {
      expect(arrived?.body).to.deep.equal(Buffer.from([...Buffer.from('one 2'), 255]));
      expect(arrived?.trailers?.flat).to.deep.equal(['x-t', 'end']);
      expect(arrived?.head.headers.joined('a')).to.equal('1, 2');
      expect(arrived?.head.headers.has('content-length')).to.equal(false);
    }
    expect(response?.head.status).to.equal(203);
    expect(request?.head.method).to.equal('POST');
  });

  it('follows the routes of a configuration that has some', async () => {
    await openWith({
      plugins: [{ name: 'hello', path: path('hello') }],
      upstreams: [{ name: 'shop', endpoints: ['127.0.0.1:9'] }],
      routes: [
        {
          id: 'a',
          path: '/a/*',
          upstream: 'shop',
          plugins: ['hello'],
          rewrite: { path: { type: 'Prefix', value: '/' } },
        },
        { id: 'b', path: '/b/*', upstream: 'shop' },
      ],
    });
    const [a, b, c] = [
      await play({ request: { path: '/a/x' } }),
      await play({ request: { path: '/b/x' } }),
      await play({}),
    ];
    expect([a.request?.head.path, a.plugins]).to.deep.equal(['/x', { hello: 'continue' }]);
    expect([b.request?.head.path, b.plugins]).to.deep.equal(['/b/x', {}]);
    expect([c.request, c.response?.head.status, c.error]).to.deep.equal([undefined, 404, 'no-route']);
  });

  it('keeps what instances remember from one scenario to the next', async () => {
    await open({ name: 'limit', path: path('rate-limit'), config: { requestsPerSecond: 0.001, burst: 2 } });
    const statuses: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await play({})).response?.head.status);
    expect(statuses).to.deep.equal([200, 200, 429]);
  });

  it('does not ask the upstream when a plugin answers', async () => {
    await open({ name: 'limit', path: path('rate-limit'), config: { requestsPerSecond: 0.001, burst: 1 } });
    expect((await play({})).request).not.to.equal(undefined);
    const { request, response, plugins } = await play({ request: { body: ['never', 'read'] } });
    expect([request, response?.head.status, plugins]).to.deep.equal([undefined, 429, { limit: 'respond' }]);
  });

  describe('answers the calls of plugins', () => {
    const auth = (): Promise<void> =>
      open({
        name: 'auth',
        path: path('http-auth'),
        config: { upstream: 'idp', path: '/check', copyHeaders: ['x-user'] },
        capabilities: { upstreams: ['idp'] },
      });

    it('in the order that they are given', async () => {
      await auth();
      const { request, calls } = await play({
        request: { headers: { authorization: 'me' } },
        calls: [
          { to: 'other', answer: { status: 500 } },
          { to: 'idp', answer: { headers: { 'x-user': 'u' } } },
        ],
      });
      expect(request?.head.headers.get('x-user')).to.equal('u');
      expect(
        calls.map((call) => ({ to: call.to, answered: call.answered, target: call.request?.path })),
      ).to.deep.equal([{ to: 'idp', answered: true, target: '/check' }]);
    });

    for (const [what, calls] of [
      ['a timeout', [{ to: 'idp', timeout: true }]],
      ['nobody there', []],
    ] as const) {
      it(`with ${what}`, async () => {
        await auth();
        const { request, response, calls: made } = await play({ calls });
        expect([request, response?.head.status]).to.deep.equal([undefined, 503]);
        expect(made[0]?.answered).to.equal(calls.length > 0);
      });
    }
  });

  it('lets nothing out of the process', async () => {
    let connections = 0;
    const server = createServer((socket) => void (connections++, socket.destroy()));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const there = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const script = [
      `http ${there} 50 /`,
      `grpc ${there} test.Echo/Say 50 hello`,
      `redis_init ${there} 50`,
      `redis ${there} PING`,
    ];
    await open({
      name: 'calls',
      path: resolve('test/wasm/guests/build/calls.wasm'),
      config: script.map((line) => `request_headers ${line}`).join('\n'),
      capabilities: { allow: ['Redis'], upstreams: [there] },
    });
    const { calls, logs } = await play({});
    server.close();
    expect(logs.map(({ said }) => said)).to.include.members(['http 0 0', 'grpc 0 1', 'redis 0 3']);
    expect(calls.map(({ to, answered }) => [to, answered])).to.deep.equal(
      Array.from({ length: 3 }, () => [there, false]),
    );
    expect(connections).to.equal(0);
  });

  it('says why plugins do not start, with what they log', async () => {
    await open({ name: 'headers', path: path('header-rewrite'), config: [] });
    expect(gateway.problems).to.have.length(1);
    expect(gateway.problems[0]).to.match(/^headers: .*refused its configuration/);
    expect(gateway.started.map(({ said }) => said).join()).to.include('the configuration must be');
  });
});
