import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect } from 'chai';
import { foreignOf, isForeignAddress } from '../src/foreign.ts';
import { LoomError } from '../src/errors.ts';
import { Callouts } from '../src/upstream/callouts/callouts.ts';
import { Transport } from '../src/upstream/transport.ts';

const inner = `127.0.0.1 127.255.0.9 0.0.0.0 169.254.169.254 169.254.0.1 100.100.100.200 192.0.0.192
  :: ::1 ::127.0.0.1 fe80::1 fe80::1%eth0 febf::1 fd00:ec2::254 fd20:ce::254
  ::ffff:127.0.0.1 ::ffff:7f00:1 ::FFFF:169.254.169.254 0:0:0:0:0:ffff:a9fe:a9fe`;
const foreign = '10.0.0.1 172.16.0.1 192.168.0.1 100.64.0.1 203.0.113.7 fd00::1 2001:db8::1 ::ffff:10.0.0.1';

describe('foreign addresses', () => {
  for (const address of inner.split(/\s+/))
    it(`${address} is none`, () => expect(isForeignAddress(address)).to.equal(false));
  for (const address of foreign.split(/\s+/))
    it(`${address} is one`, () => expect(isForeignAddress(address)).to.equal(true));

  it('are what is left of the addresses of a name, and there must be one', () => {
    expect(foreignOf('a', ['127.0.0.1', '10.0.0.1'], String)).to.deep.equal(['10.0.0.1']);
    expect(() => foreignOf('a.test', ['::1'], String)).to.throw(LoomError, /a\.test leads to ::1$/);
  });
});

describe('an upstream of foreign addresses only', () => {
  let server: Server;
  let port: number;
  let taken: number;
  before(async () => {
    server = createServer((socket) => {
      taken++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '::', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  beforeEach(() => (taken = 0));
  after(() => server.close());

  const hosts = ['127.0.0.1', '::1', '::ffff:127.0.0.1', 'localhost'];
  const settings = { connectTimeoutMs: 5000, foreignOnly: true } as const;
  for (const [name, more] of Object.entries({
    'in clear': {},
    'over TLS': { protocol: 'Https', tls: {} },
    'with a PROXY header': { protocol: 'Https', tls: {}, proxyProtocol: 'V1' },
  } as const))
    it(`takes no connection to others, ${name}, also where a name leads there`, async () => {
      const transport = new Transport({ ...settings, ...more }).announcing(undefined);
      for (const host of hosts) {
        const { promise, resolve } = Promise.withResolvers<Error>();
        transport.connect(host, port).on('error', resolve);
        expect(transport.failure(await promise, false), host).to.have.property('code', 'inner-address');
      }
      expect(taken).to.equal(0);
    });

  it('is another than one that may lead anywhere, as those of a loom.yaml', async () => {
    const free = new Transport({ connectTimeoutMs: 5000 });
    await new Promise<void>((resolve) => free.connect('localhost', port).on('close', () => resolve()));
    expect(taken).to.equal(1);
  });

  it('holds for what plugins call by its address', async () => {
    const ended: string[] = [];
    const callouts = new Callouts({ cluster: () => undefined, ended: () => undefined, foreignOnly: true });
    for (const host of hosts) {
      const to = { host, port };
      const all = [
        (failed: (error: LoomError) => void): unknown =>
          callouts.http(
            to,
            {
              method: 'GET',
              path: '/',
              authority: 'a',
              secure: false,
              headers: [],
              body: undefined,
              trailers: [],
              timeoutMs: 0,
            },
            { admit: () => true, response: () => ended.push('answered'), failed },
          ),
        (failed: (error: LoomError) => void): unknown =>
          callouts.redis(
            to,
            { user: '', password: '', database: 0, command: Buffer.from('PING\r\n'), timeoutMs: 0 },
            { reply: () => ended.push('answered'), failed },
          ),
      ];
      for (const call of all) {
        const error = await new Promise<LoomError>((resolve) => void call(resolve));
        ended.push(error.code);
      }
    }
    callouts.close();
    expect(new Set(ended)).to.deep.equal(new Set(['inner-address']));
    expect(taken).to.equal(0);
  });
});
