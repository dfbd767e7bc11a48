import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { expect } from 'chai';
import { startWorld, type World } from '../support/world.ts';

const server = `
import { createServer } from 'node:http';
const s = createServer((q, r) => setTimeout(() => r.end('ok'), 5));
s.listen(0, '127.0.0.1', () => process.send(s.address().port));
`;

describe('one of four endpoints is killed under load', () => {
  const children: ChildProcess[] = [];
  let world: World | undefined;
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await world?.stop('SIGKILL');
  });

  const endpoint = async (): Promise<number> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', server], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(child);
    return ((await once(child, 'message')) as [number])[0];
  };
  const ask = (agent: Agent, method: string): Promise<number> =>
    new Promise((resolve) => {
      const outgoing = request(`${world?.url}/`, { agent, method }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      outgoing.on('error', () => resolve(0)).end(method === 'PUT' ? 'body' : undefined);
    });

  for (const [retries, method] of [
    ['', 'GET'],
    ['retries: { causes: [connect_failure, reset], budget: { percent: 100 } }', 'PUT'],
  ] as const) {
    it(`and no client sees it, ${retries ? 'with a body and retries on' : 'as it is by default'}`, async () => {
      const ports = [await endpoint(), await endpoint(), await endpoint(), await endpoint()];
      world = await startWorld(`
routes: [{ id: all, path: /*, upstream: u, ${retries} }]
upstreams: [{ name: u, endpoints: [${ports.map((port) => `"127.0.0.1:${port}"`).join(', ')}] }]
`);
      const agent = new Agent({ keepAlive: true });
      const bad: number[] = [];
      let sent = 0;
      const client = async (): Promise<void> => {
        while (sent < 1500) {
          if (++sent === 300) children[0]?.kill('SIGKILL');
          const status = await ask(agent, method);
          if (status !== 200) bad.push(status);
        }
      };
      // So few that the budget of retries, 10 at once by default, holds for all that one endpoint has when it dies.
      await Promise.all(Array.from({ length: 16 }, client));
      agent.destroy();
      const failed = world.log.filter(({ status }) => status === 502);
      expect([bad, failed]).to.deep.equal([[], []]);
    });
  }
});
