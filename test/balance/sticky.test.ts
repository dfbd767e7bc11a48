import { expect } from 'chai';
import type { LiveEndpoint } from '../../src/balance/endpoints.ts';
import { HeaderList } from '../../src/http/headers.ts';
import type { StickyCookie } from '../../src/model/upstream.ts';
import { endpoints, equal, request, setHealthy, world, type World } from './world.ts';

const settings: StickyCookie = {
  name: 'stick',
  path: '/',
  sameSite: 'Lax',
  secure: false,
  httpOnly: true,
  secret: 'a secret of this test',
};
const sticky = (more: Partial<StickyCookie> = {}): World =>
  world('RoundRobin', equal(4), undefined, { stickyCookie: { ...settings, ...more } });

/** Set-Cookie of the response from that endpoint to a request with that cookie. */
function marked({ cluster }: World, endpoint: LiveEndpoint, cookie?: string): string | undefined {
  const headers = new HeaderList();
  cluster.mark(request(cookie === undefined ? {} : { headers: { cookie } }), endpoint, headers);
  return headers.get('set-cookie');
}

const valueOf = (field: string | undefined): string => field?.split(';')[0] ?? '';

describe('StickyTable', () => {
  it('brings a client back to its endpoint, and sets the cookie once', () => {
    const w = sticky();
    for (const endpoint of w.set.current) {
      const cookie = valueOf(marked(w, endpoint));
      for (let i = 0; i < 5; i++)
        expect(w.cluster.pick(undefined, request({ headers: { cookie: `a=b; ${cookie}` } }))).to.equal(
          endpoint,
        );
      expect(marked(w, endpoint, cookie)).to.equal(undefined);
    }
  });

  it('tells nothing of the address, and differs by endpoint, upstream and secret', () => {
    const [one, other] = [sticky(), sticky({ secret: 'another' })];
    const [a, b] = one.set.current;
    const values = [marked(one, a!), marked(one, b!), marked(other, other.set.current[0]!)].map(valueOf);
    expect(new Set(values).size).to.equal(3);
    for (const value of values) expect(value).to.match(/^stick=[\w-]{16}$/);
    expect(values.join()).to.not.include('10.0.0');
  });

  it('has the attributes that are wanted', () => {
    const field = (more: Partial<StickyCookie>): string | undefined => {
      const w = sticky(more);
      return marked(w, w.set.current[0]!)?.replace(/=[\w-]{16};/, '=v;');
    };
    expect(field({})).to.equal('stick=v; Path=/; HttpOnly; SameSite=Lax');
    expect(field({ ttlSeconds: 90, path: '/app', sameSite: 'None', secure: true, httpOnly: false })).to.equal(
      'stick=v; Path=/app; Max-Age=90; Secure; SameSite=None',
    );
  });

  it('takes another endpoint, with another cookie, when its own is unhealthy, tried or gone', () => {
    const w = sticky();
    const own = w.set.current[1]!;
    const cookie = valueOf(marked(w, own));
    const back = request({ headers: { cookie } });
    expect(w.cluster.pick(new Set([own]), back)).to.not.equal(own);
    setHealthy(w.shared, 1, false);
    const other = w.cluster.pick(undefined, back) as LiveEndpoint;
    expect(other).to.not.equal(own);
    expect(valueOf(marked(w, other, cookie))).to.not.equal(cookie);
    setHealthy(w.shared, 1, true);
    expect(w.cluster.pick(undefined, back)).to.equal(own);
    w.set.replace(equal(1));
    expect((w.cluster.pick(undefined, back) as LiveEndpoint).slot).to.equal(0);
  });

  it('takes no notice of values that it has not made', () => {
    const w = sticky();
    for (const cookie of ['stick=', 'stick=10.0.0.1:80', 'stick=AAAAAAAAAAAAAAAA', 'stic=x', 'stick'])
      expect(w.cluster.pick(undefined, request({ headers: { cookie } }))).to.not.be.a('string');
  });

  it('keeps the clients of an endpoint whose weight is now 0', () => {
    const w = world('Weighted', endpoints(1, 1), undefined, { stickyCookie: settings });
    const cookie = valueOf(marked(w, w.set.current[0]!));
    w.set.replace(endpoints(0, 1));
    const picked = w.cluster.pick(undefined, request({ headers: { cookie } })) as LiveEndpoint;
    expect(picked.slot).to.equal(0);
    expect((w.cluster.pick(undefined, request()) as LiveEndpoint).slot).to.equal(1);
  });
});
