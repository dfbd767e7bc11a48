import { expect } from 'chai';
import { PasswordList } from '../../../src/middleware/basic-auth/password-list.ts';

const hashOf = (cost: string): string => `$2y$${cost}$${'a'.repeat(53)}`;
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a list of passwords', () => {
  /** What was compared; a password is good where it is that one. */
  let compared: string[];
  const good = 'pä:ss';
  const list = (text: string): PasswordList =>
    new PasswordList(text, (password, hash) => {
      compared.push(`${password} ${hash.slice(0, 6)}`);
      return Promise.resolve(password === good);
    });
  beforeEach(() => void (compared = []));

  it('computes once for a good password, and for the same bad one', async () => {
    const staff = list(`ann:${hashOf('10')}`);
    expect(await staff.find(basic(`ann:${good}`))).to.equal('ann');
    expect(staff.find(basic(`ann:${good}`))).to.equal('ann');
    expect(await staff.find(basic('ann:wrong'))).to.equal(undefined);
    expect(staff.find(basic('ann:wrong'))).to.equal(undefined);
    expect(compared).to.deep.equal([`${good} $2y$10`, 'wrong $2y$10']);
  });

  it('computes once for those who ask together', async () => {
    const staff = list(`ann:${hashOf('10')}`);
    const found = await Promise.all([1, 2, 3].map(async () => staff.find(basic(`ann:${good}`))));
    expect(found).to.deep.equal(['ann', 'ann', 'ann']);
    expect(compared).to.have.length(1);
  });

  it('computes for a name that does not exist, and lets nobody in by it', async () => {
    const staff = list(`ann:${hashOf('12')}`);
    for (const text of [`eve:${good}`, `:${good}`, good.replace(':', '')])
      expect(await staff.find(basic(text)), text).to.equal(undefined);
    expect(compared.every((one) => one.endsWith('$2y$12'))).to.equal(true);
    expect(compared).to.have.length(3);
    expect(await list('').find(basic(`ann:${good}`))).to.equal(undefined);
  });

  it('asks again where it could not be computed', async () => {
    let away = true;
    const staff = new PasswordList(`ann:${hashOf('10')}`, () =>
      away ? Promise.reject(new Error('away')) : Promise.resolve(true),
    );
    const failed = await Promise.resolve(staff.find(basic('ann:x'))).catch((error: Error) => error.message);
    expect(failed).to.equal('away');
    away = false;
    expect(await staff.find(basic('ann:x'))).to.equal('ann');
  });

  it('compares {SHA} itself', async () => {
    const staff = list('ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=');
    expect(await staff.find(basic('ann:password'))).to.equal('ann');
    expect(await staff.find(basic('ann:Password'))).to.equal(undefined);
    expect(compared).to.deep.equal([]);
  });

  it('does not look at what is too long to be a password, or is no base64', async () => {
    const staff = list(`ann:${hashOf('10')}`);
    expect(staff.find(basic(`ann:${'x'.repeat(1024)}`))).to.equal(undefined);
    expect(await staff.find('Basic ???')).to.equal(undefined);
  });

  it('forgets the oldest, so that memory stays bounded', async () => {
    const staff = new PasswordList(`ann:${hashOf('10')}`, () => Promise.resolve(true));
    for (let i = 0; i < 4097; i++) await staff.find(basic(`ann:${i}`));
    expect(staff.find(basic('ann:0'))).to.be.instanceOf(Promise);
    expect(staff.find(basic('ann:4096'))).to.equal('ann');
  });
});
