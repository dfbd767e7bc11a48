import { expect } from 'chai';
import { Client } from '../../../src/sources/kube/client.ts';
import { type Publication, PublishedAddresses } from '../../../src/sources/kube/published-addresses.ts';
import { reflectorTiming } from '../../../src/sources/kube/reflector.ts';
import { makeLogger } from '../../../src/telemetry/log.ts';
import { KubeServer } from '../../support/kube-server.ts';
import { eventually } from '../../support/wait.ts';

const services = '/api/v1/services';
const ofService = { service: { namespace: 'edge', name: 'loom' } };
const timing = { ...reflectorTiming, backoff: { minMs: 10, maxMs: 50 }, steadyMs: 0 };

describe('published addresses', () => {
  let server: KubeServer;
  let client: Client;
  let stop: AbortController;
  let running: Promise<void> | undefined;
  let changes: string[];

  beforeEach(async () => {
    server = await new KubeServer().start();
    const read = () => Promise.resolve({ headers: {}, tls: {} });
    client = new Client({ server: server.url, origin: 'test', read });
    stop = new AbortController();
    changes = [];
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await client.close();
    await server.stop();
  });

  const publish = (publication?: Publication): PublishedAddresses => {
    const changed = (addresses: string): void => void changes.push(addresses);
    const log = makeLogger('silent');
    const published = new PublishedAddresses({ client, publication, log, timing, changed });
    running = published.run(stop.signal);
    return published;
  };
  const give = (ip: string, name = 'loom'): void =>
    void server.put(services, {
      metadata: { namespace: 'edge', name },
      status: { loadBalancer: { ingress: [{ ip }] } },
    });
  const become = (...all: readonly string[]): Promise<unknown> =>
    eventually(JSON.stringify(all), () => JSON.stringify(changes) === JSON.stringify(all));

  it('are none at once where nothing is published', () => {
    expect(publish().addresses).to.equal('');
    expect(changes).to.deep.equal(['']);
    expect(server.requests).to.deep.equal([]);
  });

  it('are those that are given at once, and nothing is asked', () => {
    expect(publish({ addresses: ['lb.test', '192.0.2.1'] }).addresses).to.equal('192.0.2.1,lb.test');
    expect(server.requests).to.deep.equal([]);
  });

  it('follow the Service of that name, which may come and go', async () => {
    give('192.0.2.9', 'another');
    publish(ofService);
    await become('');
    give('192.0.2.1');
    await become('', '192.0.2.1');
    give('192.0.2.1');
    give('192.0.2.9', 'another');
    give('192.0.2.2');
    await become('', '192.0.2.1', '192.0.2.2');
    server.delete(services, 'edge/loom');
    await become('', '192.0.2.1', '192.0.2.2', '');
    const asked = new Set(server.requests.map(({ path, query }) => `${path} ${query['fieldSelector']}`));
    expect([...asked]).to.deep.equal(['/api/v1/namespaces/edge/services metadata.name=loom']);
  });

  it('are not known while the Service may not be read, and stay when it may not be any more', async () => {
    give('192.0.2.1');
    server.fault = () => ({ status: 403 });
    const published = publish(ofService);
    await eventually('two refusals', () => server.requests.length > 1);
    expect(published.addresses).to.equal(undefined);
    server.fault = () => undefined;
    await become('192.0.2.1');
    server.fault = () => ({ status: 403 });
    const before = server.requests.length;
    server.resetWatches();
    await eventually('two more refusals', () => server.requests.length > before + 1);
    expect(published.addresses).to.equal('192.0.2.1');
  });
});
