import { requestsDiffer } from './compare.ts';
import { campaign } from './campaign.ts';
import { Llhttp } from './llhttp.ts';
import { readRequests } from './loom-requests.ts';
import { verdict } from './reading.ts';
import { split } from './mutation.ts';
import { someRequests } from './requests.ts';

describe('damaged requests', () => {
  it('are forwarded only where llhttp takes them too, as the same, and however they are split', function () {
    this.timeout(0);
    const llhttp = new Llhttp('REQUEST');
    campaign('requests', (random) => {
      const text = someRequests(random);
      const bytes = Buffer.from(text, 'latin1');
      const whole = readRequests([bytes]);
      const differ = requestsDiffer(whole, llhttp.read(bytes));
      if (differ !== undefined) return `${differ}\n${JSON.stringify(text)}`;
      const pieces = split(bytes, random);
      const parts = readRequests(pieces);
      if (verdict(parts) === verdict(whole)) return undefined;
      return `split ${JSON.stringify(pieces.map((piece) => piece.latin1Slice()))}\n${JSON.stringify(parts)}\n${JSON.stringify(whole)}`;
    });
  });
});
