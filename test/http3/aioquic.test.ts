import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { makeTlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { AioquicClient, installAioquic } from './aioquic.ts';
import { fieldOf, type ClientOptions } from './foreign-client.ts';
import { Relay } from './relay.ts';
import { startSite, type Site } from './site.ts';

const megabyte = 1 << 20;

describe('HTTP/3 as aioquic speaks it', function () {
  this.timeout(120_000);
  let site: Site;
  const clients: AioquicClient[] = [];
  const sites: Site[] = [];
  const connect = async (options: ClientOptions = {}, port = site.port): Promise<AioquicClient> => {
    const client = await AioquicClient.connect(port, options);
    clients.push(client);
    return client;
  };
  const start = async (...tuning: Parameters<typeof startSite>): Promise<Site> => {
    const one = await startSite(...tuning);
    sites.push(one);
    return one;
  };

  before(async () => {
    installAioquic();
    site = await startSite();
  });
  after(() => site.close());
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    for (const one of sites.splice(0)) one.close();
    expect(site.failures).to.deep.equal([]);
  });

  for (const cipher of ['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', 'CHACHA20_POLY1305_SHA256']) {
    it(`speaks ${cipher}`, async () => {
      const client = await connect({ cipher });
      expect((await client.request({ method: 'POST', size: 5000 })).body).to.equal('5000');
      expect((await client.facts()).cipher).to.equal(cipher);
    });
  }

  it('passes trailers of a request', async () => {
    const client = await connect();
    const answer = await client.request({ method: 'POST', size: 10, trailers: [['x-sum', '7']] });
    expect(answer.body).to.equal('10 x-sum 7');
  });

  it('refuses who offers another protocol, with the alert for it', async () => {
    const failure = await connect({ alpn: ['nonsense'] }).then(() => '', String);
    expect(failure).to.include('0x178');
  });

  it('answers a hundred requests at once, and again', async () => {
    const client = await connect();
    for (let i = 0; i < 3; i++) {
      const answers = await client.many(100, { method: 'POST', size: 3000 });
      expect(answers.map(({ body }) => body)).to.deep.equal(answers.map(() => '3000'));
    }
  });

  it('tells the exchange when a request is taken back, and goes on', async () => {
    const client = await connect();
    const before = site.silent.length;
    await Promise.all(Array.from({ length: 20 }, () => client.request({ path: '/silent', cancel: true })));
    expect((await client.request({})).body).to.equal('0');
    // On a busy machine some are taken back before they have left.
    await eventually('all that came are aborted', () => {
      const came = site.silent.slice(before);
      return came.length > 0 && came.every((exchange) => site.aborted.includes(exchange));
    });
  });

  it('downloads and uploads 10 MB', async () => {
    const client = await connect();
    expect((await client.request({ path: '/big' })).bytes).to.equal(10 * megabyte);
    expect((await client.request({ method: 'POST', size: 10_000_000 })).body).to.equal('10000000');
  });

  it('keeps to windows that are small', async () => {
    const client = await connect({ max_data: 65_536, max_stream_data: 65_536 });
    expect((await client.request({ path: '/big' })).bytes).to.equal(10 * megabyte);
  });

  it('resumes a session with its ticket', async () => {
    const client = await connect({ resume: true });
    expect((await client.request({})).body).to.equal('0');
    expect((await client.facts()).resumed).to.equal(true);
  });

  it('follows a client from address to address, with its id and with others', async () => {
    const client = await connect();
    const ports = new Set<number>();
    for (let i = 0; i < 8; i++) {
      await client.do('rebind', { change_id: i % 2 === 1 });
      expect((await client.request({ method: 'POST', size: 20_000 })).body).to.equal('20000');
      ports.add((await client.facts()).port);
    }
    expect(ports.size).to.equal(8);
  });

  it('follows an address that changes within a download', async () => {
    const client = await connect();
    const download = client.request({ path: '/big' });
    await client.do('rebind');
    expect((await download).bytes).to.equal(10 * megabyte);
  });

  it('follows key updates of the client', async () => {
    const client = await connect();
    for (let i = 0; i < 6; i++) {
      await client.do('key_update');
      expect((await client.request({ method: 'POST', size: 5000 })).body).to.equal('5000');
      expect((await client.facts()).phase).to.equal((i + 1) % 2);
    }
  });

  it('updates its keys before they have protected too much', async () => {
    const { port } = await start({ updateKeysAfter: 500 });
    const client = await connect({}, port);
    expect((await client.request({ path: '/big' })).bytes).to.equal(10 * megabyte);
    const phases = new Set<number>();
    await eventually(
      'both phases were seen',
      async () => {
        await client.many(50, { size: 2000, method: 'POST' });
        phases.add((await client.facts()).phase);
        return phases.size === 2;
      },
      60,
    );
  });

  it('lets clients prove their address first when it is asked to, and not who brings a token', async () => {
    const { port, listener } = await start({ retryFrom: 0 });
    const client = await connect({}, port);
    expect((await client.request({})).body).to.equal('0');
    expect(listener.http3?.retries).to.be.greaterThan(0);
    expect((await client.facts()).retried).to.equal(true);
    const again = await connect({ resume: true }, port);
    expect((await again.request({})).body).to.equal('0');
    expect((await again.facts()).retried, 'who brings a token').to.equal(false);
  });

  it('ends with a stateless reset what it does not know any more', async () => {
    const secret = randomBytes(32);
    const [first, second] = [await start({ secret }), await start({ secret })];
    const relay = new Relay(first.port);
    const client = await connect({}, await relay.start());
    await client.request({});
    // As after a crash: the same process again, which remembers nothing.
    relay.to = second.port;
    const failure = await client.do('ping').then(() => '', String);
    expect(failure).to.not.equal('');
    await eventually('the reset was sent', () => (second.listener.http3?.statelessResets ?? 0) > 0);
    relay.close();
  });

  it('shows a new certificate to new connections, and closes none for it', async () => {
    const one = await start();
    const before = await connect({}, one.port);
    await before.request({});
    one.certificates.set([{ id: 'new', hosts: ['localhost'], ...makeTlsPair() }]);
    const after = await connect({}, one.port);
    expect((await after.request({})).body).to.equal('0');
    expect((await before.request({})).body).to.equal('0');
    const failure = await connect({ sni: 'elsewhere.test' }, one.port).then(() => '', String);
    expect(failure).to.include('0x170');
  });

  it('sends clients elsewhere when it stops, and answers what has begun', async () => {
    const one = await start();
    const client = await connect({}, one.port);
    const download = client.request({ path: '/big' });
    await client.request({});
    const stopped = one.listener.stop();
    expect((await client.request({})).failure).to.not.equal(null);
    expect((await download).bytes).to.equal(10 * megabyte);
    await stopped;
  });

  const pseudo = [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', 'localhost'],
    [':path', '/'],
  ] as const;
  for (const [title, fields] of [
    ['connection', [...pseudo, ['connection', 'close']]],
    ['transfer-encoding', [...pseudo, ['transfer-encoding', 'chunked']]],
    ['two paths', [...pseudo, [':path', '/b']]],
    ['a pseudo field behind others', [['x-a', 'b'], ...pseudo]],
    ['a name in upper case', [...pseudo, ['X-Upper', 'b']]],
    ['a line feed in a value', [...pseudo, ['x-a', 'b\nc: d']]],
    ['no path', pseudo.slice(0, 3)],
  ] as const) {
    it(`resets a request with ${title}, and no other`, async () => {
      const client = await connect();
      expect((await client.request({ fields })).failure).to.equal('reset 0x10e');
      expect((await client.request({})).body).to.equal('0');
    });
  }

  for (const [title, length] of [
    ['longer', '4'],
    ['shorter', '40'],
  ] as const)
    it(`resets a request whose body is ${title} than its head says`, async () => {
      const client = await connect();
      const answer = await client.request({
        method: 'POST',
        size: 10,
        headers: { 'content-length': length },
      });
      expect(answer.failure).to.equal('reset 0x10e');
      expect((await client.request({})).body).to.equal('0');
    });

  it('answers 431 to a head that is too large', async () => {
    const client = await connect();
    const headers = Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`x-${i}`, 'v'.repeat(60)]));
    expect(fieldOf(await client.request({ headers }), ':status')).to.equal('431');
  });
});
