import { expect } from 'chai';
import { compileTemplate } from '../../src/middleware/template.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { exchangeOf } from '../support/requests.ts';

describe('compileTemplate', () => {
  const { exchange } = exchangeOf('PUT shop.example.com/a/7?x=1', ['x-in', '<b>', 'x-in', 'c']);
  exchange.params = { id: '7' };
  exchange.id = 'r-1';
  exchange.route = 'shop';
  exchange.rule = 'main';
  exchange.errorCode = 'no-endpoint';
  exchange.response = { status: 503, headers: new HeaderList() };
  const cases: readonly (readonly [string, string])[] = [
    ['plain', 'plain'],
    ['${param.id}|${param.none}', '7|'],
    ['${header.X-In}', '<b>, c'],
    ['${client.address}', '192.0.2.1'],
    [
      '${request.method} ${request.scheme}://${request.host}${request.path}?${request.query}',
      'PUT http://shop.example.com/a/7?x=1',
    ],
    ['${request.id} ${route} ${rule}', 'r-1 shop main'],
    ['${response.status} ${error.code}: ${error.message}', '503 no-endpoint: the upstream has no endpoint'],
    ['$${route}', '${route}'],
  ];
  for (const [text, filled] of cases) {
    it(`makes ${filled} of ${text}`, () => expect(compileTemplate(text)(exchange)).to.equal(filled));
  }

  it('escapes values, and nothing else', () => {
    const escape = (value: string): string => value.toUpperCase();
    expect(compileTemplate('<i>${header.x-in}</i>', escape)(exchange)).to.equal('<i><B>, C</i>');
  });
});
