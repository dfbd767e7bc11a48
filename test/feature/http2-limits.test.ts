import { expect } from 'chai';
import { frame, FramePeer, frameType } from '../support/frame-peer.ts';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';

bothSources('limits of HTTP/2', (start) => {
  it('end a connection with a line in the log and a count; another one has as many streams as is set', async () => {
    const world = await start(`
limits: { http2_max_streams: 7, http2_overhead_bytes_per_second: 4096 }
routes: [{ id: all, path: '/*', upstream: none }]
upstreams: [{ id: none, endpoints: ['127.0.0.1:1'] }]
`);
    const neighbour = await FramePeer.open(world.port);
    const attacker = await FramePeer.open(world.port);
    await attacker.flood(() => frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    await eventually('the line', () =>
      world.log.some(({ msg, reason }) => msg === 'connection ended' && reason === 'overhead'),
    );
    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    expect(metrics).to.include('loom_http2_connections_ended_total{listener="http",reason="overhead"} 1');
    // SETTINGS_MAX_CONCURRENT_STREAMS
    const told = neighbour.find(frameType.settings, 0)?.payload ?? Buffer.alloc(0);
    expect(told.includes(Buffer.from([0, 3, 0, 0, 0, 7]))).to.equal(true);
    neighbour.get(1);
    expect(await neighbour.outcome(1)).to.equal('status 502');
    neighbour.destroy();
  });
});
