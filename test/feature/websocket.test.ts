import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { closeCode, frame, readFrames, startEcho, tunnelWires, type Frame } from '../support/websocket.ts';
import { startWorld, type World } from '../support/world.ts';

const sockets = 50;
/** 200 in the lane of WebSockets, where there is more time. */
const swaps = Number(process.env['LOOM_SWAPS'] ?? 20);

describe('WebSockets', function () {
  this.timeout(60_000);
  let echo: Awaited<ReturnType<typeof startEcho>>;
  let world: World;
  before(async () => {
    echo = await startEcho();
    world = await startWorld(config(0));
  });
  after(async () => {
    await world.stop('SIGKILL');
    echo.close();
  });

  const config = (version: number): string => `
routes:
  - { id: chat, path: /chat, upstream: echo, timeouts: { request: 1s, response: 1s, idle: 1s }, response_headers: { set: { x-version: v${version} } } }
  - { id: other, path: '/v${version}', direct_response: { status: 200 } }
upstreams: [{ name: echo, endpoints: ["127.0.0.1:${echo.port}"], connect_timeout: ${1000 + version}ms }]
limits: { client_idle: 1s, keep_alive: 1s, header_timeout: 1s }
drain: { delay: 0s, timeout: 300ms }
`;

  const opened: { readonly client: Duplex; readonly heard: Frame[] }[] = [];

  /** Everybody says something and hears it again. */
  async function talk(text: string): Promise<void> {
    for (const { client } of opened) client.write(frame(text, { masked: true }));
    await eventually(`all have heard ${text}`, () =>
      opened.every(({ heard }) => heard.at(-1)?.payload.toString() === text),
    );
  }

  it(`live through ${swaps} changes of the configuration, with everything about them swapped`, async () => {
    const wires = Object.values(tunnelWires);
    for (let i = 0; i < sockets; i++) {
      // Its handshake is held to the limits of one second, which a busy machine may miss.
      const client = await eventually('a tunnel', () =>
        (wires[i % wires.length] as (port: number) => Promise<Duplex>)(world.port),
      );
      const heard: Frame[] = [];
      readFrames(client, (one) => heard.push(one));
      opened.push({ client, heard });
    }
    await talk('before');
    for (let i = 1; i <= swaps; i++) await world.edit(config(i));
    expect((await world.getJson('/info'))['revision']).to.be.greaterThan(swaps);
    await talk('after');
    expect(opened.every(({ heard }) => heard.length === 2)).to.equal(true);
    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    expect(metrics).to.match(new RegExp(`^loom_tunnels\\{listener="http"\\} ${sockets}$`, 'm'));
  });

  it('are told 1001 at the end of the drain time, answer, and Loom ends with 0', async () => {
    for (const { client } of opened)
      readFrames(client, (one) => {
        if (one.opcode === 8) client.end(frame(one.payload, { opcode: 8, masked: true }));
      });
    expect(await world.stop()).to.equal(0);
    await eventually('all are closed', () => opened.every(({ client }) => client.destroyed));
    expect(opened.map(({ heard }) => closeCode(heard.at(-1) as Frame))).to.deep.equal(opened.map(() => 1001));
    await eventually('the endpoint has heard', () => echo.codes.length === opened.length);
    expect(echo.codes, 'what the endpoint heard').to.deep.equal(opened.map(() => 1001));
    expect(world.log.some(({ msg }) => String(msg).includes('are cut'))).to.equal(false);
  });
});
