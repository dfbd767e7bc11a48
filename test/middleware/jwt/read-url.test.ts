import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect } from 'chai';
import { readUrl } from '../../../src/middleware/jwt/read-url.ts';
import { makeTlsPair } from '../../support/tls-pair.ts';
import { eventually } from '../../support/wait.ts';

describe('what is read of a URL', () => {
  let server: Server;
  let secureServer: Server;
  let port: number;
  let securePort: number;
  let authorities: string[];
  let asked: string[];
  let closed: number;
  before(async () => {
    const serve: RequestListener = (request, response) => {
      const { url = '' } = request;
      asked.push(`${url} ${request.headers.accept}`);
      const to = /^\/to\/(.*)/.exec(url)?.[1];
      if (to !== undefined) response.writeHead(302, { location: decodeURIComponent(to) }).end('moved');
      else if (url === '/twelve') response.end('twelve bytes');
      else if (url === '/head') response.on('close', () => closed++).flushHeaders();
      else if (url === '/part') response.on('close', () => closed++).write('twelve');
      else if (url === '/nothing-yet') response.on('close', () => closed++);
      else response.writeHead(404).end();
    };
    const pair = makeTlsPair();
    authorities = getCACertificates('default');
    setDefaultCACertificates([...authorities, pair.cert]);
    server = createServer(serve);
    secureServer = createSecureServer(pair, serve);
    port = await listen(server);
    securePort = await listen(secureServer);
  });
  beforeEach(() => {
    asked = [];
    closed = 0;
  });
  after(() => {
    setDefaultCACertificates(authorities);
    server.close();
    secureServer.close();
  });

  const options = { accept: 'text/plain', maxBytes: 12, timeoutMs: 30_000, foreignOnly: false };
  const read = (path: string, host = '127.0.0.1', foreignOnly = false): Promise<string> =>
    readUrl(`http://${host}:${port}${path}`, { ...options, foreignOnly }).then(String, String);
  const redirect = (to: string): string => `/to/${encodeURIComponent(to)}`;

  it('is the body of a 200, after redirects', async () => {
    expect(await read('/twelve')).to.equal('twelve bytes');
    expect(asked).to.deep.equal(['/twelve text/plain']);
    expect(await read(redirect(redirect('/twelve')))).to.equal('twelve bytes');
  });

  it('is nothing else than that, and not more than is wanted', async () => {
    expect(await read('/nothing')).to.equal('Error: it answered with 404');
    expect(
      await readUrl(`http://127.0.0.1:${port}/twelve`, { ...options, maxBytes: 11 }).catch(String),
    ).to.equal('Error: it sent more than 11 bytes');
  });

  it('is not looked for without end, nor at what is no URL, nor by another protocol', async () => {
    let path = '/twelve';
    for (let hops = 0; hops < 6; hops++) path = redirect(path);
    expect(await read(path)).to.equal('Error: it redirects more than 5 times');
    expect(await read(redirect('http://'))).to.equal('Error: it redirects to http://');
    expect(await read(redirect('file:///etc/passwd'))).to.equal('Error: it redirects to file:///etc/passwd');
  });

  it('is looked for at https from http, but not at http from https', async () => {
    const secure = `https://127.0.0.1:${securePort}`;
    const clear = `http://127.0.0.1:${port}`;
    expect(await read(redirect(`${secure}/twelve`))).to.equal('twelve bytes');
    asked = [];
    const readFrom = (url: string): Promise<string> => readUrl(url, options).then(String, String);
    expect(await readFrom(secure + redirect('/twelve'))).to.equal('twelve bytes');
    expect(asked).to.have.length(2);
    const downward = redirect(`${clear}/twelve`);
    expect(await readFrom(secure + downward)).to.equal(`Error: it redirects to ${clear}/twelve`);
    expect(asked.slice(2)).to.deep.equal([`${downward} text/plain`]);
  });

  it('is not waited for without end, and the connection is closed', async () => {
    const stalled = ['/nothing-yet', '/head', '/part', redirect('/head')];
    const giveUp = (path: string): Promise<unknown> =>
      readUrl(`http://127.0.0.1:${port}${path}`, { ...options, timeoutMs: 1000 }).catch(String);
    const told = await Promise.all(stalled.map(giveUp));
    expect(told).to.deep.equal(stalled.map(() => 'Error: it took longer than 1000 ms'));
    await eventually('the server sees that', () => closed === stalled.length);
  });

  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])
    it(`is not taken from ${host} where that must not be reached`, async () => {
      expect(await read('/twelve', host)).to.equal('twelve bytes');
      asked = [];
      expect(await read('/twelve', host, true)).to.match(/^LoomError: .*(127\.0\.0\.1|::1|7f00:1)$/);
      expect(asked).to.deep.equal([]);
    });
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  return (server.address() as AddressInfo).port;
}
