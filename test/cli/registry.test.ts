import { expect } from 'chai';
import { commands } from '../../src/cli/registry.ts';
import { loom } from './program.ts';

describe('loom', () => {
  for (const args of [[], ['help'], ['--help']]) {
    it(`lists every command: ${['loom', ...args].join(' ')}`, async () => {
      const { code, stdout, stderr } = await loom(...args);
      expect([code, stderr]).to.deep.equal([0, '']);
      for (const name of Object.keys(commands)) expect(stdout).to.include(`loom ${name}`);
    });
  }

  it('says how one command is called', async () => {
    const { code, stdout } = await loom('operator', '--help');
    expect(code).to.equal(0);
    expect(stdout).to.include('--kubeconfig FILE').and.not.include('loom serve');
  });

  for (const name of ['sreve', 'toString', '--loud']) {
    it(`ends with 2 for ${name}, which is no command`, async () => {
      const { code, stdout, stderr } = await loom(name);
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.equal(`loom: there is no command "${name}"; loom help lists them\n`);
    });
  }

  for (const args of [
    ['plugin'],
    ['plugin', 'test', '--loud'],
    ['plugin', 'run', '--log', 'much', 'x.wasm'],
    ['help', 'plugin', 'x'],
  ]) {
    it(`ends with 2 for arguments that a command does not take: loom ${args.join(' ')}`, async () => {
      const { code, stdout } = await loom(...args);
      expect([code, stdout]).to.deep.equal([2, '']);
    });
  }

  for (const args of [
    ['help', 'plugin', 'run'],
    ['plugin', 'run', '--help'],
  ]) {
    it(`says how a command below another is called: loom ${args.join(' ')}`, async () => {
      const { code, stdout } = await loom(...args);
      expect(code).to.equal(0);
      expect(stdout).to.include('loom plugin run [OPTION…]').and.include('--answer-header');
    });
  }

  it('lists the commands below another', async () => {
    const { stdout } = await loom('help', 'plugin');
    for (const name of Object.keys(commands['plugin']?.commands ?? {}))
      expect(stdout).to.include(`loom plugin ${name}`);
  });
});
