import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { askDns, startDns, type Dns } from '../../support/dns.ts';
import type { Name, Zone } from '../../support/dns-peer.ts';
import { eventually } from '../../support/wait.ts';
import { askHttp1 } from './clients.ts';
import { Loom } from './loom.ts';
import { startPeer, type Peer } from './peer.ts';

const dnsAddress = '10.78.0.53';
const away = 'host name cannot be resolved; its addresses stay';
const back = 'host name resolved';

/** Some that never get an answer, and one whose answer comes when nobody waits for it any more. */
const hanging = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `${letter}.hang.test`);
const names = [...hanging, 'late.test'];

describe('the DNS', () => {
  let loom: Loom;
  let dns: Dns;
  let askOthers: () => void;
  const peers: Peer[] = [];

  /** All names have these, but for what is said of some. */
  const be = async (addresses: readonly string[], others: Zone = {}): Promise<void> => {
    const all = ['upstream.test', ...names].map((name): [string, Name] => [name, { addresses }]);
    await dns.be({ ...Object.fromEntries(all), ...others });
  };
  const endpoints = async (upstream = 'followed'): Promise<string> => {
    const { endpoints: found } = await loom.json(`/upstreams/${upstream}`);
    return (found as { address: string }[])
      .map(({ address }) => address)
      .toSorted()
      .join();
  };
  const lines = (message: string, of = 'upstream.test'): number =>
    loom.log().filter(({ msg, name }) => msg === message && name === of).length;
  const failing = async (): Promise<number> =>
    Number(/^loom_upstream_names_failing (\d+)$/m.exec(await loom.metrics())?.[1]);

  before(async () => {
    peers.push(await startPeer('http1', '10.78.0.2'), await startPeer('http1', '10.78.0.3'));
    const followed = (name: string, host: string): string =>
      `  - { name: ${name}, endpoints: ["${host}:8080"], dns: { family: ipv4, max_interval: 1s } }\n`;
    const route = (name: string): string => `{ id: ${name}, path: /${name}, upstream: ${name} }`;
    loom = new Loom(`
routes:
  - { id: followed, path: /*, upstream: followed }
  - { id: named, path: /named, upstream: named }
${names.map((name) => `  - ${route(name.replaceAll('.', '-'))}`).join('\n')}
upstreams:
${followed('followed', 'upstream.test')}
${names.map((name) => followed(name.replaceAll('.', '-'), name)).join('')}
  - { name: named, endpoints: ["upstream.test:8080"], connect_timeout: 4s, pool: { idle_timeout: 0s } }
`);
    askOthers = askDns(dnsAddress, loom.folder);
    dns = await startDns(dnsAddress);
    await be(['10.78.0.2']);
    await loom.start();
    for (const name of ['followed', ...names.map((host) => host.replaceAll('.', '-'))])
      await eventually('the name is resolved', async () => (await endpoints(name)) === '10.78.0.2', 30);
  });
  after(async () => {
    askOthers();
    dns.kill();
    for (const peer of peers) await peer.kill();
    await loom.remove();
  });

  it('hangs for some names: they keep their addresses, others are followed as before', async () => {
    const hang: Zone = Object.fromEntries(hanging.map((name) => [name, { addresses: [], lateMs: 0 }]));
    const hung = { ...hang, 'late.test': { addresses: ['10.78.0.3'], lateMs: 15_000 } };
    await be(['10.78.0.2'], hung);
    await eventually('it is noticed', () => names.every((name) => lines(away, name) === 1), 60);
    expect(await failing()).to.equal(names.length);
    // They are being asked for again, and never is there none of them that waits. Its addresses are not theirs.
    for (const address of ['10.78.0.3', '10.78.0.2']) {
      await be([address], hung);
      const began = performance.now();
      await eventually('the other follows', async () => (await endpoints()) === address, 60);
      // Two wait for the system at a time, and for each it waits 10 s: behind all of them it would be 40.
      expect(performance.now() - began).to.be.below(20_000);
    }
    for (const name of names) {
      const { status, ms } = await askHttp1()(`/${name.replaceAll('.', '-')}`);
      expect(status).to.equal(200);
      expect(ms).to.be.below(5000);
      expect(lines(away, name)).to.equal(1);
    }
    expect(lines(away)).to.equal(0);
    const heard = names.map((name) => lines(back, name));
    await be(['10.78.0.2']);
    await eventually('all answers are there', async () => (await failing()) === 0, 60);
    expect(names.map((name) => lines(back, name))).to.deep.equal(heard.map((count) => count + 1));
  });

  it('hangs for all: with `dns` nobody waits, without it new connections do, as long as for any other', async () => {
    await be(['10.78.0.2'], { 'upstream.test': { addresses: [], lateMs: 0 } });
    await eventually('it is noticed', () => lines(away) === 1, 60);
    const { status, code } = await askHttp1()('/named');
    expect(`${status} ${code}`).to.equal('504 connect-timeout');
    for (let i = 0; i < 50; i++) expect((await askHttp1()('/')).status).to.equal(200);
    await be(['10.78.0.2']);
    await eventually('it answers again', async () => (await failing()) === 0, 60);
    await eventually('without `dns` too', async () => (await askHttp1()('/named')).status === 200, 60);
  });

  it('goes away: with `dns` the addresses stay, without it new connections fail with 502, and both heal', async () => {
    const noticed = lines(away);
    await eventually('it answers', async () => (await askHttp1()('/named')).status === 200);
    dns.kill();
    await eventually('it is noticed', () => lines(away) === noticed + 1, 30);
    // Longer than the answers of the DNS hold.
    await setTimeout(1500);
    for (let i = 0; i < 50; i++) expect((await askHttp1()('/')).status).to.equal(200);
    const { status, code } = await askHttp1()('/named');
    expect(`${status} ${code}`).to.equal('502 connect-failed');
    expect(lines(away)).to.equal(noticed + 1);
    dns = await startDns(dnsAddress);
    await be(['10.78.0.3']);
    await eventually('the name is resolved again', async () => (await endpoints()) === '10.78.0.3', 30);
    expect((await askHttp1()('/')).status).to.equal(200);
    await eventually('it answers new connections', async () => (await askHttp1()('/named')).status === 200);
  });
});
