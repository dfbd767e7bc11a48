import { expect } from 'chai';
import { echoBackend, startBackend, type Backend, type Echo } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';

bothSources('external auth', (start) => {
  let backend: Backend;
  let auth: Backend;
  const bodies: string[] = [];
  before(async () => {
    backend = await echoBackend('web');
    auth = await startBackend((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        bodies.push(body);
        const uri = String(request.headers['x-forwarded-uri']);
        if (uri.endsWith('/hang')) return;
        if (uri.endsWith('/no')) {
          response
            .writeHead(403, { 'content-type': 'text/html', 'set-cookie': ['a=1', 'b=2'] })
            .end('<h1>no</h1>');
        } else if (uri.endsWith('/login'))
          response.writeHead(302, { location: 'https://login.example/' }).end();
        else
          response
            .writeHead(uri.endsWith('/500') ? 500 : 200, { 'x-user': 'ann', 'set-cookie': 's=1' })
            .end();
      });
    });
  });
  after(async () => {
    await backend.close();
    await auth.close();
  });

  it('decides by the answer of a service, and fails closed or open without one', async () => {
    const world = await start(`
upstreams:
  - { name: web, endpoints: ["127.0.0.1:${backend.port}"] }
  - { name: auth, endpoints: ["127.0.0.1:${auth.port}"] }
  - { name: nowhere, endpoints: ["127.0.0.1:1"] }
routes:
  - { id: plain, path: /plain/*, upstream: web, external_auth: { upstream: auth, timeout: 30s } }
  - id: whole
    path: /whole/*
    upstream: web
    external_auth:
      upstream: auth
      path_prefix: /check
      upstream_headers: [X-User]
      response_headers: [set-cookie]
      timeout: 30s
      max_body_bytes: 8
  - { id: hasty, path: /hasty/*, upstream: web, external_auth: { upstream: auth, timeout: 200ms } }
  - { id: open, path: /open/*, upstream: web, external_auth: { upstream: nowhere, upstream_headers: [x-user], fail_open: true } }
  - { id: missing, path: /missing/*, upstream: web, external_auth: missing }
`);
    const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(world.url + path, {
        redirect: 'manual',
        ...init,
        headers: { 'x-user': 'root' },
      });

    const plain = await ask('/plain/a?x=1', { method: 'DELETE' });
    expect([plain.status, ((await plain.json()) as Echo).headers['x-user']]).to.deep.equal([200, 'root']);
    const { method, url, headers } = auth.seen.at(-1) ?? {};
    expect([method, url]).to.deep.equal(['GET', '/']);
    expect(headers).to.include({
      'x-forwarded-method': 'DELETE',
      'x-forwarded-uri': '/plain/a?x=1',
      'x-forwarded-host': `127.0.0.1:${world.port}`,
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
      host: `127.0.0.1:${world.port}`,
    });

    const whole = await ask('/whole/a?x=1', { method: 'POST', body: 'eight by' });
    expect([whole.status, whole.headers.getSetCookie()]).to.deep.equal([200, ['s=1']]);
    const echo = (await whole.json()) as Echo;
    expect([echo.body, echo.headers['x-user']]).to.deep.equal(['eight by', 'ann']);
    expect([auth.seen.at(-1)?.method, auth.seen.at(-1)?.url, bodies.at(-1)]).to.deep.equal([
      'POST',
      '/check/whole/a?x=1',
      'eight by',
    ]);
    expect((await ask('/whole/a', { method: 'POST', body: 'nine byte' })).status).to.equal(413);

    const seen = backend.seen.length;
    const no = await ask('/plain/no');
    expect([no.status, no.headers.get('content-type'), await no.text()]).to.deep.equal([
      403,
      'text/html',
      '<h1>no</h1>',
    ]);
    expect(no.headers.getSetCookie()).to.deep.equal(['a=1', 'b=2']);
    const login = await ask('/plain/login');
    expect([login.status, login.headers.get('location')]).to.deep.equal([302, 'https://login.example/']);
    for (const path of ['/whole/500', '/hasty/hang', '/missing/a']) {
      const unavailable = await ask(path);
      expect([unavailable.status, await unavailable.text()], path).to.deep.equal([
        503,
        'auth-unavailable: who asks cannot be checked now\n',
      ]);
    }
    expect(backend.seen.length).to.equal(seen);
    const open = await ask('/open/a');
    expect([open.status, ((await open.json()) as Echo).headers['x-user']]).to.deep.equal([200, undefined]);

    const leaving = new AbortController();
    const left = ask('/plain/hang', { signal: leaving.signal }).catch(() => 'left');
    await eventually(
      'the service is asked',
      () => auth.seen.at(-1)?.headers['x-forwarded-uri'] === '/plain/hang',
    );
    const question = auth.seen.at(-1);
    leaving.abort();
    expect(await left).to.equal('left');
    await eventually('the question ends with its client', () => question?.socket.destroyed === true);

    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    for (const [route, outcome, count] of [
      ['plain', 'passed', 1],
      ['plain', 'refused', 2],
      ['whole', 'unavailable', 1],
      ['hasty', 'unavailable', 1],
      ['open', 'unchecked', 1],
    ])
      expect(metrics).to.include(
        `loom_middleware_requests_total{route="${world.id(String(route))}",rule="main",middleware="externalAuth",outcome="${outcome}"} ${count}`,
      );
    const shown = await world.getJson(`/routes/${world.id('whole')}`);
    expect(shown).to.have.nested.property('rules[0].stages').that.deep.equals(['externalAuth']);
  });
});
