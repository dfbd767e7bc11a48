import { expect } from 'chai';
import { resolveName } from '../../../src/wasm/calls/names.ts';

const found = (name: string, plugin: string, ...grants: string[]): string => {
  const { upstreams, address } = resolveName(name, plugin, grants);
  return [...upstreams, ...(address ? [`dns ${address.host} ${address.port}`] : [])].join(', ');
};

/** plugin, what it is granted, the name that it calls, where that leads */
const cases: readonly (readonly [plugin: string, grants: string, name: string, to: string])[] = [
  ['shop/p', 'shop/auth', 'auth', 'shop/auth'],
  ['shop/p', 'shop/auth', 'shop/auth', 'shop/auth'],
  ['shop/p', 'shop/auth', 'other', ''],
  ['shop/p', 'other/auth', 'auth', ''],
  ['shop/p', 'other/auth', 'other/auth', 'other/auth'],
  ['shop/p', '', 'auth', ''],
  ['p', 'auth', 'auth', 'auth'],
  ['p', '*', 'auth', 'auth'],
  ['shop/p', '*', 'auth', 'shop/auth'],
  ['shop/p', '*', 'other/auth', ''],
  ['shop/p', '*', 'api.example.com:443', ''],
  ['shop/p', 'api.example.com:443', 'API.example.com:443', 'dns api.example.com 443'],
  ['shop/p', 'api.example.com:443', 'api.example.com:80', ''],
  ['shop/p', 'api.example.com:443', 'outbound|443||api.example.com', 'dns api.example.com 443'],
  ['shop/p', '[::1]:80', '[::1]:80', 'dns ::1 80'],
  [
    'shop/p',
    'web.prod.svc.cluster.local:80',
    'outbound|80||web.prod.svc.cluster.local',
    'prod/web:80, dns web.prod.svc.cluster.local 80',
  ],
  [
    'shop/p',
    'web.prod.svc:80',
    'web.prod.svc.cluster.local:80',
    'prod/web:80, dns web.prod.svc.cluster.local 80',
  ],
  ['shop/p', 'web.prod.svc:80', 'web.prod.svc:80', 'prod/web:80, dns web.prod.svc 80'],
  ['shop/p', 'prod/web:80', 'outbound|80|v1|web.prod.svc.cluster.local', 'prod/web:80'],
  ['shop/p', 'prod/web', 'outbound|80||web.prod.svc.cluster.local', 'prod/web'],
  ['shop/p', 'prod/web', 'outbound|81||web.shop.svc.cluster.local', ''],
  ['shop/p', '*', 'outbound|80||web.shop.svc.cluster.local', 'shop/web:80, shop/web'],
  ['p', 'web', 'outbound|80||web.prod.svc.cluster.local', 'web'],
  [
    'p',
    'web.prod.svc.cluster.local:80',
    'outbound|80||web.prod.svc.cluster.local',
    'prod/web:80, dns web.prod.svc.cluster.local 80',
  ],
  ['shop/p', 'shop/redis', 'outbound|6379||redis.static', 'shop/redis'],
  ['shop/p', 'redis.static:6379', 'outbound|6379||redis.static', 'shop/redis'],
  ['shop/p', 'shop/llm', 'outbound|443||llm.dns', 'shop/llm'],
  ['shop/p', 'shop/llm', 'outbound|443||other.dns', ''],
  ['shop/p', '(not permitted) prod/web', 'prod/web', ''],
];

describe('what a plugin calls by name', () => {
  for (const [plugin, grants, name, to] of cases) {
    it(`${name} of ${plugin} with ${grants || 'nothing'} leads to ${to || 'nowhere'}`, () => {
      expect(found(name, plugin, ...grants.split(';').filter(Boolean))).to.equal(to);
    });
  }
});
