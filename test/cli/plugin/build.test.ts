import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loomIn } from '../program.ts';

describe('loom plugin build', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-build-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const missing = [
    [
      'Cargo.toml',
      '[package]\nname = "p"\n',
      'cargo is not installed: install Rust (https://rustup.rs), then: rustup target add wasm32-wasip1',
    ],
    ['go.mod', 'module example.com/p\n', 'go is not installed: install Go 1.24 or newer (https://go.dev/dl)'],
  ] as const;
  for (const [marker, text, message] of missing) {
    it(`says what to install for a folder with ${marker}`, async () => {
      writeFileSync(join(folder, marker), text);
      const { code, stderr } = await loomIn(folder, ['plugin', 'build'], { env: { PATH: folder } });
      expect([code, stderr]).to.deep.equal([1, `loom plugin build: ${message}\n`]);
    });
  }

  it('hands the compiler what stands after --, in the environment that it needs', async () => {
    writeFileSync(join(folder, 'go.mod'), 'module example.com/p\n');
    const go = ['#!/bin/sh', 'echo "$GOOS $GOARCH $*" >&2', 'exit 3'].join('\n');
    writeFileSync(join(folder, 'go'), go, { mode: 0o755 });
    const args = ['plugin', 'build', '--', '-race'];
    const { code, stderr } = await loomIn(folder, args, {
      env: { PATH: `${folder}:${process.env['PATH']}` },
    });
    expect([code, stderr]).to.deep.equal([
      1,
      'wasip1 wasm build -buildmode=c-shared -ldflags=-s -w -o build/p.wasm -race .\n',
    ]);
  });

  it('says what a folder must have', async () => {
    const { code, stderr } = await loomIn(folder, ['plugin', 'build']);
    expect(code).to.equal(1);
    expect(stderr).to.include('has none of asconfig.json, Cargo.toml, go.mod; loom plugin new makes one');
  });
});
