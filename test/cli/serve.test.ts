import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loom } from './program.ts';

describe('loom serve', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-serve-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [title, args, message, expected] of [
    ['a file that is not there', ['/nowhere/loom.yaml'], 'ENOENT', 1],
    ['two paths', ['examples/loom.yaml', 'examples'], 'takes one file or folder', 2],
    ['an option that it does not have', ['--fast'], "'--fast'", 2],
  ] as const) {
    it(`ends with ${expected} and a reason for ${title}`, async () => {
      const { code, stderr } = await loom('serve', ...args);
      expect(code).to.equal(expected);
      expect(stderr)
        .to.match(/^loom serve: /)
        .and.include(message)
        .and.not.match(/^\s+at /m);
    });
  }

  it('ends with 1 and names file and line of a loom.yaml that it cannot use', async () => {
    const file = join(folder, 'loom.yaml');
    writeFileSync(file, 'workers: 1\nlisteners: [{ name: http, address: nowhere }]\n');
    const { code, stderr } = await loom('serve', file);
    expect(code).to.equal(1);
    expect(stderr).to.include(`${file}:2:`);
  });

  it('ends with 1 when a port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const file = join(folder, 'loom.yaml');
    const listener = `listeners: [{ name: http, address: "127.0.0.1:${port}", protocol: http }]`;
    writeFileSync(file, `workers: 1\nadmin: { enabled: false }\n${listener}\n`);
    const { code, stderr } = await loom('serve', file);
    await new Promise((resolve) => taken.close(resolve));
    expect(code).to.equal(1);
    expect(stderr).to.include(String(port)).and.include('EADDRINUSE');
  });
});
