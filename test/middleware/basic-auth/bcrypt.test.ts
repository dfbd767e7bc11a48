import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { Bcrypt } from '../../../src/middleware/basic-auth/bcrypt.ts';
import { LoomError } from '../../../src/errors.ts';

describe('bcrypt', () => {
  const hash = hashSync('secret', 4);

  it('compares in a thread of its own, with the prefix of htpasswd too', async () => {
    const bcrypt = new Bcrypt();
    const php = hash.replace('$2b$', '$2y$');
    const asked = [bcrypt.compare('secret', hash), bcrypt.compare('secret', php), bcrypt.compare('x', hash)];
    expect(await Promise.all(asked)).to.deep.equal([true, true, false]);
  });

  it('turns away what would wait too long, and goes on', async () => {
    const bcrypt = new Bcrypt();
    const asked = Array.from({ length: 257 }, () =>
      bcrypt.compare('secret', hash).catch((error: LoomError) => [error.code, error.retryAfterMs]),
    );
    const answers = await Promise.all(asked);
    expect(answers.slice(0, 256).every((one) => one === true)).to.equal(true);
    expect(answers[256]).to.deep.equal(['auth-unavailable', 1000]);
    expect(await bcrypt.compare('secret', hash)).to.equal(true);
  });

  it('fails what waits when the thread ends, and begins another', async () => {
    const bcrypt = new Bcrypt();
    const broken = await bcrypt.compare('secret', undefined as unknown as string).catch((e: unknown) => e);
    expect(broken).to.be.instanceOf(LoomError).with.property('code', 'auth-unavailable');
    expect(await bcrypt.compare('secret', hash)).to.equal(true);
  });
});
