import { expect } from 'chai';
import { parseHtpasswd } from '../../src/model/htpasswd.ts';

const sha = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=';
const bcrypt = (version: string, cost: string): string => `$2${version}$${cost}$${'a'.repeat(53)}`;

describe('htpasswd', () => {
  it('reads users, without comments, empty lines and carriage returns', () => {
    const { users, problems } = parseHtpasswd(`# staff\r\nann:${sha}\r\n\n  bob:${bcrypt('y', '10')}  \n`);
    expect([...users]).to.deep.equal([
      ['ann', sha],
      ['bob', bcrypt('y', '10')],
    ]);
    expect(problems).to.deep.equal([]);
  });

  const good = [bcrypt('a', '04'), bcrypt('b', '10'), bcrypt('y', '14'), sha];
  for (const hash of good)
    it(`takes ${hash.slice(0, 7)}`, () => expect(parseHtpasswd(`a:${hash}`).problems).to.deep.equal([]));

  const bad: Readonly<Record<string, readonly [line: string, problem: string]>> = {
    'a line without a colon': ['ann', 'needs a name, a colon and a hash'],
    'a line without a name': [`:${sha}`, 'needs a name, a colon and a hash'],
    'a name with a tab': [`a\tb:${sha}`, 'has a control character in its name'],
    'a password in clear': ['ann:secret', 'has no hash of bcrypt or {SHA}; make it anew with htpasswd -B'],
    'an empty password': ['ann:', 'has no hash of bcrypt or {SHA}; make it anew with htpasswd -B'],
    "Apache's MD5": ['ann:$apr1$lLQfVWqR$wdKSUrN', 'has an MD5 hash; make it anew with htpasswd -B'],
    'MD5 of crypt': ['ann:$1$lLQfVWqR$wdKSUrN', 'has an MD5 hash; make it anew with htpasswd -B'],
    'SHA-512 of crypt': [
      `ann:$6$${'a'.repeat(90)}`,
      'has no hash of bcrypt or {SHA}; make it anew with htpasswd -B',
    ],
    'a bcrypt that is cut': [
      `ann:${bcrypt('y', '10').slice(0, -1)}`,
      'has no hash of bcrypt or {SHA}; make it anew with htpasswd -B',
    ],
    'a cost of nothing': [`ann:${bcrypt('y', '03')}`, 'has a bcrypt cost of 3; 4 to 14 can be used'],
    'a cost of minutes': [`ann:${bcrypt('y', '20')}`, 'has a bcrypt cost of 20; 4 to 14 can be used'],
    'a name that is there twice': [`bob:${sha}`, 'has the name of a line before'],
  };
  for (const [what, [line, problem]] of Object.entries(bad)) {
    it(`leaves out ${what}, and says so without telling it`, () => {
      const { users, problems } = parseHtpasswd(`bob:${sha}\n${line}\n`);
      expect([...users.keys()]).to.deep.equal(['bob']);
      expect(problems).to.deep.equal([`line 2 ${problem}`]);
    });
  }

  it('says that there is no user', () => {
    expect(parseHtpasswd('# nobody\n').problems).to.deep.equal(['has no user']);
  });
});
