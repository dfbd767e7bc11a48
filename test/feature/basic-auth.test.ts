import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { echoBackend, type Backend, type Echo } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';

const basic = (text: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`,
});

bothSources('passwords', (start) => {
  let backend: Backend;
  let folder: string;
  before(async () => {
    backend = await echoBackend('web');
    folder = mkdtempSync(join(tmpdir(), 'loom-passwords-'));
  });
  after(async () => {
    await backend.close();
    rmSync(folder, { recursive: true });
  });

  it('are asked for, checked beside the requests, and changed while Loom runs', async () => {
    const file = join(folder, 'staff.htpasswd');
    writeFileSync(file, `ann:${hashSync('secret', 5)}\n`);
    const config = `
password_files: [{ name: staff, path: ${file} }]
upstreams: [{ name: web, endpoints: ["127.0.0.1:${backend.port}"] }]
routes:
  - id: guarded
    path: /guarded
    upstream: web
    basic_auth: { secret_ref: staff, realm: the staff, user_header: x-user, remove_credentials: true }
  - { id: closed, path: /closed, upstream: web, basic_auth: nobody }
`;
    const world = await start(config);
    const ask = (text?: string, path = '/guarded'): Promise<Response> =>
      fetch(world.url + path, { headers: { 'x-user': 'root', ...(text === undefined ? {} : basic(text)) } });
    const without = await ask();
    expect(without.status).to.equal(401);
    expect(without.headers.get('www-authenticate')).to.equal('Basic realm="the staff", charset="UTF-8"');
    expect((await ask('ann:wrong')).status).to.equal(401);

    for (let i = 0; i < 5; i++) {
      const response = await ask('ann:secret');
      expect(response.status).to.equal(200);
      const { headers } = (await response.json()) as Echo;
      expect([headers['x-user'], headers['authorization']]).to.deep.equal(['ann', undefined]);
    }
    const closed = await ask('ann:secret', '/closed');
    expect([closed.status, await closed.text()]).to.deep.equal([
      503,
      'auth-unavailable: who asks cannot be checked now\n',
    ]);

    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    const line = (outcome: string): string =>
      `loom_middleware_requests_total{route="${world.id('guarded')}",rule="main",middleware="basicAuth",outcome="${outcome}"}`;
    expect(metrics)
      .to.include(`${line('passed')} 5`)
      .and.include(`${line('refused')} 2`);
    const shown = await world.getJson(`/routes/${world.id('guarded')}`);
    expect(JSON.stringify(shown)).to.include('the staff').and.not.include('ann:');

    writeFileSync(file, `eve:${hashSync('other', 5)}\n`);
    world.write(config);
    await eventually('the new password counts', async () => (await ask('eve:other')).status === 200);
    await eventually('the old one does not, in any worker', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 10 }, async () => (await ask('ann:secret')).status),
      );
      return statuses.every((status) => status === 401);
    });
  });
});
