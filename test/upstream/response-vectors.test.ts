import { expect } from 'chai';
import { get, last } from '../http/world.ts';
import { sendRaw, statuses } from '../http/raw-client.ts';
import { responseVectors } from './response-vector.ts';
import { Gateway } from './world.ts';

describe('responses as bytes', () => {
  let gateway: Gateway;
  beforeEach(() => (gateway = new Gateway()));
  afterEach(() => gateway.close());

  it('are at least sixty', () => expect(responseVectors.length).to.be.at.least(60));

  for (const { name, bytes, fate } of responseVectors) {
    it(`${fate} ${name}`, async () => {
      const backend = await gateway.rawBackend((socket) =>
        socket.on('data', (some) => {
          if (some.includes('GET /after')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nafter');
          else if (fate === 'take') socket.write(bytes, 'latin1');
          // The end of the connection decides what would else wait for more bytes.
          else socket.end(bytes, 'latin1');
        }),
      );
      const port = await gateway.start([backend]);
      const first = get('/');
      const received = await sendRaw(port, first + get('/after', last));
      expect(received).to.not.include('evil');
      if (fate === 'cut') {
        expect(statuses(received).slice(1), received).to.deep.equal([]);
        expect(received).to.not.include('\r\n0\r\n\r\n');
        return;
      }
      expect(statuses(received), received).to.deep.equal([fate === 'refuse' ? 502 : 200, 200]);
      expect(received.endsWith('after')).to.equal(true);
      expect(received.includes('secret')).to.equal(fate === 'take');
    });
  }
});
