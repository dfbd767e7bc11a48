import { expect } from 'chai';
import { startIssuer, type Issuer } from '../middleware/jwt/issuer.ts';
import { bothSources } from '../support/world.ts';

bothSources('tokens', (start) => {
  let issuer: Issuer;
  before(async () => void (issuer = await startIssuer()));
  after(() => issuer.close());

  it('are asked for, verified with keys behind a URL, and counted', async () => {
    const world = await start(`
routes:
  - id: guarded
    path: /guarded
    direct_response: { status: 200 }
    jwt:
      providers:
        - { name: main, issuer: "https://issuer.example", audiences: [shop], jwks_url: "${issuer.url}" }
`);
    const ask = (headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${world.url}/guarded`, { headers });
    const without = await ask();
    expect(without.status).to.equal(401);
    expect(without.headers.get('www-authenticate')).to.equal('Bearer');
    expect(await without.text()).to.include('unauthorized');

    const token = await issuer.sign({ iss: 'https://issuer.example', aud: 'shop' });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await ask({ authorization: `Bearer ${token}` })).status);
    expect(statuses).to.deep.equal([200, 200, 200, 200, 200]);
    const stranger = await startIssuer();
    const forged = await stranger.sign({ iss: 'https://issuer.example', aud: 'shop' });
    expect((await ask({ authorization: `Bearer ${forged}` })).status).to.equal(401);
    await stranger.close();

    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    const line = (outcome: string): string =>
      `loom_middleware_requests_total{route="${world.id('guarded')}",rule="main",middleware="jwt",outcome="${outcome}"}`;
    expect(metrics)
      .to.include(`${line('passed')} 5`)
      .and.include(`${line('refused')} 2`);
  });
});
