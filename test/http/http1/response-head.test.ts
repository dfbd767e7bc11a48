import { expect } from 'chai';
import { readResponseHead } from '../../../src/http/http1/response-head.ts';

const read = (text: string) => readResponseHead(Buffer.from(text, 'latin1'));

describe('the head of a response', () => {
  it('gives status, version, framing and the fields for the client', () => {
    const text = 'HTTP/1.1 203 Some reason\r\nContent-Length: 3\r\nX-A:  b \r\nConnection: close\r\n\r\n';
    const head = read(`${text}abc`);
    if (typeof head === 'string') throw new Error(head);
    expect(head).to.include({ status: 203, minor: 1, end: text.length });
    expect(head.fields).to.include({ contentLength: 3, chunked: false, close: true });
    expect(head.fields.list.flat).to.deep.equal(['content-length', '3', 'x-a', 'b']);
  });

  for (const text of ['HTTP/1.0 200 OK\r\n\r\n', 'HTTP/1.1 200 \r\n\r\n', 'HTTP/1.1 200\r\n\r\n']) {
    it(`takes ${JSON.stringify(text)}`, () => expect(read(text)).to.have.property('status', 200));
  }

  for (const [text, why] of [
    ['HTTP/2.0 200 OK\r\n\r\n', /HTTP\/1\.1/],
    ['HTTP/1.1 20 OK\r\n\r\n', /number/],
    ['HTTP/1.1 099 x\r\n\r\n', /099|99/],
    ['HTTP/1.1 600 x\r\n\r\n', /600/],
    ['HTTP/1.1 200OK\r\n\r\n', /status line/],
    ['HTTP/1.1 200 a\0b\r\n\r\n', /status line/],
    ['HTTP/1.1 200 OK\r\nA : b\r\n\r\n', /colon/],
    ['HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', /field line/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n', /Content-Length/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', /Transfer-Encoding/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', /Transfer-Encoding/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(read(text)).to.match(why));
  }
});
