import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';
import { echo, pair, questions, upstream, type Answer, type Question } from './wires.ts';

type Ask = (port: number, question: Question) => Promise<Answer>;

const trusted = { ca: pair.cert, servername: 'localhost' };

const overHttp1 =
  (make: typeof httpRequest): Ask =>
  async (port, { method, path, host = 'localhost', headers, body }) => {
    const fields = { ...headers, host };
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: fields,
      ...trusted,
      agent: false as const,
    };
    const request = make(options);
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const received = await text(response);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: received,
      trailers: response.trailers,
    };
  };

const overHttp2 =
  (scheme: 'http' | 'https'): Ask =>
  async (port, { method, path, host = 'localhost', headers, body }) => {
    const session = connect(`${scheme}://127.0.0.1:${port}`, trusted);
    try {
      const pseudo = { ':method': method, ':path': path, ':authority': host };
      const stream = session.request({ ...pseudo, ...headers }, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      let trailers: Record<string, unknown> = {};
      stream.on('trailers', (fields: object) => (trailers = { ...fields }));
      const [fields] = (await once(stream, 'response')) as [Record<string, unknown>];
      return { status: Number(fields[':status']), headers: fields, body: await text(stream), trailers };
    } finally {
      session.destroy();
    }
  };

/** How a client may come. */
const downstream: Readonly<Record<string, { readonly tls: boolean; readonly ask: Ask }>> = {
  'HTTP/1.1': { tls: false, ask: overHttp1(httpRequest) },
  'HTTP/1.1 over TLS': { tls: true, ask: overHttp1(httpsRequest) },
  h2c: { tls: false, ask: overHttp2('http') },
  'HTTP/2 over TLS': { tls: true, ask: overHttp2('https') },
};

for (const [protocol, serve] of Object.entries(upstream)) {
  describe(`every wire to an upstream of ${protocol}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'loom-wires-'));
    const ports = { clear: 0, secure: 0 };
    let server: Server;
    let world: World;
    before(async () => {
      server = serve(echo).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      writeFileSync(cert, pair.cert);
      writeFileSync(key, pair.key);
      ports.clear = await freePort();
      ports.secure = await freePort();
      const tls = protocol === 'https' || protocol === 'h2' ? ', tls: { ca_secret_ref: ca }' : '';
      world = await startWorld(`
listeners:
  - { name: clear, address: '127.0.0.1:${ports.clear}', protocol: http }
  - { name: secure, address: '127.0.0.1:${ports.secure}', protocol: https }
certificates: [{ name: own, cert: ${cert}, key: ${key} }]
authorities: [{ name: ca, ca: ${cert} }]
upstreams: [{ name: echo, endpoints: ['127.0.0.1:${port}'], protocol: ${protocol}${tls} }]
routes: [{ id: all, hosts: [localhost], tls: own, path: '/*', upstream: echo }]
`);
    });
    after(async () => {
      await world.stop('SIGKILL');
      server.close();
      rmSync(folder, { recursive: true });
    });

    for (const [wire, { tls, ask }] of Object.entries(downstream)) {
      for (const { title, ask: question, check } of questions) {
        it(`carries ${title} from ${wire}`, async () => {
          check(await ask(tls ? ports.secure : ports.clear, question));
        });
      }
    }
  });
}
