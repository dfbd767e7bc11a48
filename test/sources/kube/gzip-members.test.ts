import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { membersOf } from '../../../src/sources/kube/gzip-members.ts';

const first = 'first '.repeat(20_000);
const file = Buffer.concat([gzipSync(first), gzipSync(''), gzipSync('third')]);
const thirdAt = file.length - gzipSync('third').length;

/** What it gives before it throws, and what it throws. */
async function read(
  bytes: Buffer,
): Promise<{ readonly members: readonly string[]; readonly failed: boolean }> {
  const members: string[] = [];
  try {
    for await (const member of membersOf(bytes)) members.push(member.toString());
  } catch {
    return { members, failed: true };
  }
  return { members, failed: false };
}

describe('members of a gzip file', () => {
  it('come one by one', async () => {
    expect(await read(file)).to.deep.equal({ members: [first, '', 'third'], failed: false });
  });

  it('come as far as they are whole, wherever the file is cut', async () => {
    const members = [first, ''];
    expect(await read(file.subarray(0, thirdAt))).to.deep.equal({ members, failed: false });
    for (let end = thirdAt + 1; end < file.length; end++)
      expect(await read(file.subarray(0, end)), `${end}`).to.deep.equal({ members, failed: true });
  });

  for (const [title, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['no gzip file', Buffer.from('rubbish')],
    ['a file whose first member is cut', file.subarray(0, 100)],
    ['a header alone', file.subarray(0, 10)],
  ] as const) {
    it(`are none in ${title}`, async () => {
      expect(await read(bytes)).to.deep.equal({ members: [], failed: true });
    });
  }

  for (const [title, tail] of [
    ['rubbish', Buffer.from('rubbish')],
    ['zeros', Buffer.alloc(4096)],
    ['what begins as a member', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])],
  ] as const) {
    it(`all come when ${title} follows`, async () => {
      const members = [first, '', 'third'];
      expect(await read(Buffer.concat([file, tail]))).to.deep.equal({ members, failed: true });
    });
  }

  it('come until the first that is damaged', async () => {
    for (let at = 0; at < gzipSync('third').length - 4; at++) {
      // The time, flags and system in a header say nothing of the content.
      if (at >= 4 && at < 10) continue;
      const damaged = Buffer.from(file);
      damaged.writeUInt8(damaged.readUInt8(thirdAt + at) ^ 1, thirdAt + at);
      expect(await read(damaged), `${at}`).to.deep.equal({ members: [first, ''], failed: true });
    }
  });
});
