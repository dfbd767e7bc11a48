import { expect } from 'chai';
import { inOrder, RecentLines } from '../../src/telemetry/recent-lines.ts';

describe('RecentLines', () => {
  it('keeps the last lines and no more', () => {
    const recent = new RecentLines(3);
    expect(recent.text).to.equal('');
    for (let i = 1; i <= 20; i++) {
      recent.add(`${i}\n`);
      expect(recent.text.split('\n')).to.have.length(Math.min(i, 3) + 1);
    }
    expect(recent.text).to.equal('18\n19\n20\n');
  });

  it('keeps no more bytes than it may, but the newest line in any case', () => {
    const recent = new RecentLines(3, 20);
    const textWith = (line: string): string => {
      recent.add(line);
      return recent.text;
    };
    expect(textWith('12345\n')).to.equal('12345\n');
    expect(textWith('123\n')).to.equal('12345\n123\n');
    expect(textWith('\n'), 'the oldest goes').to.equal('123\n\n');
    expect(textWith('longer than all that may be\n')).to.equal('longer than all that may be\n');
    expect(textWith('1\n')).to.equal('1\n');
    for (let i = 0; i < 20; i++) expect(textWith('1234\n')).to.equal(i === 0 ? '1\n1234\n' : '1234\n1234\n');
  });
});

describe('lines of several threads', () => {
  it('are in the order of their times, and as they were where those are the same', () => {
    const line = (at: number, from: string): string =>
      `{"time":"2030-01-01T00:00:0${at}.000Z","from":"${from}"}\n`;
    const texts = [
      line(1, 'a') + line(3, 'a') + line(3, 'b'),
      '',
      line(0, 'c') + line(2, 'c') + line(3, 'c'),
    ];
    const ordered = [line(0, 'c'), line(1, 'a'), line(2, 'c'), line(3, 'a'), line(3, 'b'), line(3, 'c')];
    expect(inOrder(texts)).to.equal(ordered.join(''));
  });
});
