import { expect } from 'chai';
import { middlewares } from '../../src/middleware/registry.ts';
import type { Match, Rule } from '../../src/model/model.ts';
import { match, requestHead } from '../support/requests.ts';
import { route, rule, Worker } from './world.ts';

describe('preflights', () => {
  const settings = {
    allowOrigins: [{ type: 'Exact', value: '*' }],
    allowMethods: ['GET'],
    maxAge: '5m',
  };
  const path = { type: 'Prefix', value: '/a' } as const;
  const named = (name: string, part: Partial<Match>, middleware: Rule['middleware'] = { cors: settings }) =>
    rule('/a', { name, matches: [match({ path, ...part })], middleware });
  const header = { name: 'x-v', type: 'Exact', value: '1' } as const;

  const find = (worker: Worker, line: string, ...headers: string[]): string | undefined =>
    worker.last?.snapshot.find(requestHead(line, headers))?.target.rule;
  const asked = (method: string): string[] => [
    'origin',
    'https://a.com',
    'access-control-request-method',
    method,
  ];

  it('find the rule that would take the request', async () => {
    expect(middlewares.cors.name).to.equal('cors');
    const worker = new Worker();
    await worker.apply({
      routes: [
        route(
          'r',
          'shop',
          named('read', { methods: ['GET', 'HEAD'] }),
          named('write', { methods: ['POST'] }),
          named('versioned', { headers: [header], path: { type: 'Prefix', value: '/v' } }),
          named('plain', { methods: ['GET'], path: { type: 'Prefix', value: '/plain' } }, {}),
        ),
      ],
    });
    expect(find(worker, 'OPTIONS shop/a', ...asked('GET'))).to.equal('read');
    expect(find(worker, 'OPTIONS shop/a', ...asked('POST'))).to.equal('write');
    expect(find(worker, 'OPTIONS shop/a', ...asked('DELETE'))).to.equal(undefined);
    expect(find(worker, 'OPTIONS shop/a')).to.equal(undefined);
    expect(find(worker, 'OPTIONS shop/v', ...asked('GET'))).to.equal('versioned');
    expect(find(worker, 'OPTIONS shop/plain', ...asked('GET'))).to.equal(undefined);
    expect(find(worker, 'GET shop/a')).to.equal('read');
  });
});
