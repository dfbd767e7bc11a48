import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { expect } from 'chai';
import { echoBackend, type Backend } from '../support/backend.ts';
import { bothSources, type World } from '../support/world.ts';

/** Target as it is sent → path and query that the upstream gets under /a, or the status of a refusal. */
const table: readonly (readonly [string, string | number])[] = [
  ['/a/b?x=/../y', '/a/b?x=/../y'],
  ['/a/./b//c/', '/a/b/c/'],
  ['/z/../a/%62%7e', '/a/b~'],
  ['//a/b%2f..%2fc', '/a/b%2F..%2Fc'],
  ['/a/%c3%a4', '/a/%C3%A4'],
  ['/a/%252e%252e/b', '/a/%252e%252e/b'],
  ['/a/../z', 404],
  ['/a/%2e%2e/z', 404],
  ['/a/../../a', 400],
  ['/a/%00', 400],
  ['/a/%', 400],
  ['/a/b\\..\\c', 400],
  ['/a/ä', 400],
];

bothSources('paths', (start) => {
  let backend: Backend;
  before(async () => void (backend = await echoBackend('b')));
  after(() => backend.close());

  const config = (settings = ''): string => `
${settings}
routes:
  - { id: a, path: /a/*, upstream: b }
upstreams:
  - { name: b, endpoints: ['127.0.0.1:${backend.port}'] }
`;

  /** What became of it: the target at the upstream, or the status. */
  const wires = {
    async 'HTTP/1.1'(world: World, target: string): Promise<string | number> {
      const { port } = new URL(world.url);
      const socket = connect(Number(port), '127.0.0.1').setEncoding('latin1');
      socket.write(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1'));
      let text = '';
      for await (const piece of socket) text += piece as string;
      return outcome(Number(text.slice(9, 12)));
    },
    async 'HTTP/2'(world: World, target: string): Promise<string | number> {
      const session = connectHttp2(world.url);
      const stream = session.request({ ':path': target });
      const [headers] = (await once(stream, 'response')) as [{ ':status'?: number }];
      stream.resume();
      await once(stream, 'close');
      session.close();
      return outcome(headers[':status'] ?? 0);
    },
  };
  const seen = (): string => backend.seen.at(-1)?.url ?? '';
  const outcome = (status: number): string | number => (status === 200 ? seen() : status);

  it('are the same to routes and upstreams, by every wire', async () => {
    const world = await start(config());
    for (const [wire, ask] of Object.entries(wires)) {
      for (const [target, expected] of table)
        expect(await ask(world, target), `${wire} ${target}`).to.equal(expected);
    }
  });

  it('are normalised as the settings say', async () => {
    const world = await start(config('paths: { escaped_slashes: decode, merge_slashes: false }'));
    for (const [wire, ask] of Object.entries(wires)) {
      expect(await ask(world, '/a%2Fb//c'), wire).to.equal('/a/b//c');
      expect(await ask(world, '/a%2F..%2Fz'), wire).to.equal(404);
    }
  });
});
