import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { caller, type Caller } from '../host/caller.ts';
import { anExchange } from '../world.ts';

const ask = (calls: Caller, name: string, argument = ''): unknown => {
  const answer = calls.call('proxy_call_foreign_function', [`loom.${name}`, argument], 2);
  if (answer !== status.ok) return answer;
  const text = calls.value().toString();
  return text === '' ? 'ok' : (JSON.parse(text) as unknown);
};

/** In the callback of a request head. */
function inRequest(options: Parameters<typeof caller>[0] = {}): Caller {
  const exchange = anExchange('POST shop.example.com/cart?x=1', [
    'accept',
    '*/*',
    'x-a',
    '1',
    'x-a',
    '2',
    'x-secret',
    's',
  ]);
  const calls = caller({ exchange, ...options });
  calls.stream.calling = 0;
  return calls;
}

const whole = {
  method: 'POST',
  path: '/cart?x=1',
  authority: 'shop.example.com',
  scheme: 'http',
  headers: { accept: '*/*', 'x-a': ['1', '2'], 'x-secret': 's' },
};

describe('the message for plugins', () => {
  it('is one JSON value', () => {
    expect(ask(inRequest(), 'message.read')).to.deep.equal(whole);
  });

  it('is changed to what is written, and what is left out stays', () => {
    const calls = inRequest();
    const { exchange } = calls.stream;
    expect(
      ask(
        calls,
        'message.write',
        JSON.stringify({ path: '/other', headers: { 'x-a': '3', 'X-New': ['a', 'b'], 'x-secret': 's' } }),
      ),
    ).to.equal('ok');
    expect(exchange.request).to.include({ method: 'POST', path: '/other', query: '' });
    expect(exchange.request.headers.flat).to.deep.equal([
      'x-a',
      '3',
      'x-secret',
      's',
      'x-new',
      'a',
      'x-new',
      'b',
    ]);
  });

  for (const text of ['', '{', '[]', '"a"', 'null']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(ask(inRequest(), 'message.write', text)).to.equal(status.badArgument);
    });
  }

  for (const [pointer, value] of [
    ['/method', 'POST'],
    ['/headers/X-A', ['1', '2']],
    ['/headers/accept', '*/*'],
    ['/headers', whole.headers],
    ['/headers/none', status.notFound],
    ['/status', status.notFound],
    ['/body', status.notFound],
    ['/constructor', status.notFound],
    ['method', status.notFound],
    ['', status.notFound],
  ] as const) {
    it(`field ${JSON.stringify(pointer)} is ${JSON.stringify(value)}`, () => {
      expect(ask(inRequest(), 'field.read', pointer)).to.deep.equal(value);
    });
  }

  it('takes fields one by one', () => {
    const calls = inRequest();
    const { request } = calls.stream.exchange;
    expect(ask(calls, 'field.write', '/headers/x-a\0"9"')).to.equal('ok');
    expect(ask(calls, 'field.write', '/path\0"/p?q"')).to.equal('ok');
    expect(ask(calls, 'field.remove', '/headers/X-Secret')).to.equal('ok');
    expect(request.headers.flat).to.deep.equal(['accept', '*/*', 'x-a', '9']);
    expect(request).to.include({ path: '/p', query: 'q' });
    for (const bad of ['/headers/x-a', '/status\0"200"', '/body/a\0"1"', '/headers/x-a\0{', 'x\0"1"'])
      expect(ask(calls, 'field.write', bad), bad).to.equal(status.badArgument);
    expect(ask(calls, 'field.remove', '/path')).to.equal(status.notFound);
  });

  it('cannot be changed when its head has gone on, and is not there outside of callbacks', () => {
    const calls = inRequest();
    calls.stream.writable = -1;
    expect(ask(calls, 'field.write', '/headers/x-a\0"9"')).to.equal(status.badArgument);
    calls.stream.calling = -1;
    expect(ask(calls, 'message.read')).to.equal(status.notFound);
  });

  it('shows and takes only what is granted, in one piece and field by field', () => {
    const none = { allow: [], deny: [] };
    const capabilities = {
      families: ['Headers', 'ForeignFunctions'] as const,
      upstreams: [],
      requestHeaders: { read: { allow: [], deny: ['x-secret'] }, write: { allow: ['x-a'], deny: [] } },
      responseHeaders: { read: none, write: none },
    };
    const calls = inRequest({ plugin: { capabilities } });
    const { request } = calls.stream.exchange;
    const { 'x-secret': _secret, ...visible } = whole.headers;
    expect(ask(calls, 'message.read')).to.have.property('headers').that.deep.equals(visible);
    expect(ask(calls, 'field.read', '/headers/x-secret')).to.equal(status.notFound);
    expect(ask(calls, 'field.write', '/headers/accept\0"no"')).to.equal('ok');
    expect(ask(calls, 'message.write', '{"headers":{"x-a":"5"},"path":"/no"}')).to.equal('ok');
    expect(request.headers.flat).to.deep.equal(['accept', '*/*', 'x-a', '5', 'x-secret', 's']);
    expect(request.path).to.equal('/cart');
  });
});
