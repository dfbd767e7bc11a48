import { responsesDiffer } from './compare.ts';
import { campaign } from './campaign.ts';
import { Llhttp } from './llhttp.ts';
import { readResponse } from './loom-responses.ts';
import { verdict } from './reading.ts';
import { split } from './mutation.ts';
import { someResponse } from './responses.ts';

describe('damaged responses', () => {
  it('are forwarded only where llhttp takes them too, as the same, and however they are split', function () {
    this.timeout(0);
    const llhttp = new Llhttp('RESPONSE');
    campaign('responses', (random) => {
      const text = someResponse(random);
      const bytes = Buffer.from(text, 'latin1');
      const bodyless = random.chance(20);
      const ended = random.chance(50);
      const method = bodyless ? 'HEAD' : 'GET';
      const whole = readResponse([bytes], method, ended);
      const differ = responsesDiffer(whole, llhttp.read(bytes, { ended, bodyless }));
      if (differ !== undefined) return `${differ}\n${method} ${ended} ${JSON.stringify(text)}`;
      const pieces = split(bytes, random);
      const parts = readResponse(pieces, method, ended);
      if (verdict(parts) === verdict(whole)) return undefined;
      return `split ${JSON.stringify(pieces.map((piece) => piece.latin1Slice()))}\n${JSON.stringify(parts)}\n${JSON.stringify(whole)}`;
    });
  });
});
