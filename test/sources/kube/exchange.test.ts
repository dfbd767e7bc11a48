import { expect } from 'chai';
import { Pool } from 'undici';
import { exchange } from '../../../src/sources/kube/exchange.ts';
import { KubeServer } from '../../support/kube-server.ts';
import { eventually } from '../../support/wait.ts';

const request = { path: '/api/v1/services', method: 'GET' };

describe('an exchange', () => {
  let server: KubeServer;
  let pool: Pool;
  beforeEach(async () => {
    server = await new KubeServer().start();
    pool = new Pool(server.url);
  });
  afterEach(async () => {
    await pool.destroy();
    await server.stop();
  });

  it('that nobody wants before it is connected is not sent', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const ended = exchange(pool, request, stop.signal).catch((error: unknown) => error);
    stop.abort(reason);
    expect(await ended).to.equal(reason);
    // Through the same pool, behind it.
    const { status } = await exchange(
      pool,
      { ...request, path: '/api/v1/secrets' },
      new AbortController().signal,
    );
    expect(status).to.equal(200);
    expect(server.requests.map(({ path }) => path)).to.deep.equal(['/api/v1/secrets']);
  });

  it('gives no line to a reader that ends it with a line before', async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    let isOpen = false;
    const watch = { ...request, path: '/api/v1/services?watch=true&resourceVersion=100' };
    const ended = exchange(pool, watch, stop.signal, {
      opened: () => (isOpen = true),
      line: (line) => {
        lines.push(line);
        stop.abort();
      },
    }).catch((error: unknown) => error);
    await eventually('it is open', () => isOpen && server.watches.length === 1);
    server.write('one\ntwo\nthree\n');
    expect(await ended).to.equal(stop.signal.reason);
    expect(lines).to.deep.equal(['one']);
  });
});
