import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { expect } from 'chai';
import { lookUp, lookUpForeign, type Found, type Family } from '../../src/balance/name-lookup.ts';
import { answerTo, questionOf } from '../support/dns-message.ts';

describe('lookUp', () => {
  let server: Socket;
  /** Questions that get an answer; the others get none. */
  let answered: RegExp;
  beforeEach(async () => {
    answered = /^never$/;
    server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    server.on('message', (query, { port, address }) => {
      const { name, type } = questionOf(query);
      if (answered.test(`${name} ${type}`)) server.send(answerTo(query, ['10.1.2.3']), port, address);
    });
  });
  afterEach(() => server.close());

  const ask = (name: string, family: Family, timeout = 300): Promise<Found> => {
    const dns = new Resolver({ timeout, tries: 1 });
    dns.setServers([`127.0.0.1:${server.address().port}`]);
    return lookUp(name, family, dns);
  };
  const problem = (found: Promise<unknown>): Promise<string> =>
    found.then(String, (error: unknown) => (error as Error).message);

  for (const family of ['Any', 'IPv4', 'IPv6'] as const)
    it(`gives up where the DNS does not answer, ${family}, without asking the system`, async () => {
      expect(await problem(ask('a.test', family))).to.equal('the DNS does not answer in time');
    });

  it('takes what there is where only one family is answered for', async () => {
    answered = / A$/;
    expect(await ask('a.test', 'Any', 800)).to.deep.equal({ addresses: ['10.1.2.3'], ttlMs: 1000 });
  });

  it('asks the system, which says what holds, where the DNS answers', async () => {
    answered = /./;
    expect(await problem(ask('no-such-name.invalid', 'Any', 10_000))).to.match(/ENOTFOUND|EAI_AGAIN/);
  });

  it('knows the hosts file, also while the DNS does not answer', async () => {
    expect(await ask('LocalHost', 'IPv4')).to.deep.equal({ addresses: ['127.0.0.1'], ttlMs: undefined });
  });
});

describe('lookUpForeign', () => {
  it('finds nothing where a name leads to the machine itself', async () => {
    const error = await lookUpForeign('localhost', 'IPv4').catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'inner-address');
    expect((error as Error).message).to.match(/localhost leads to 127\.0\.0\.1$/);
  });
});
