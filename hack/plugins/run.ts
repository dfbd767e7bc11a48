import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pluginModules } from './build.ts';
import { folderOf } from './cache.ts';
import { NoToolchain } from './command.ts';
import { builtExamples } from './examples.ts';
import { envoy } from './wheel.ts';

/**
 * Runs the lane of plugins: test/plugins, with Envoy, plugins of others, and Loom's examples in Rust, Go and C++. Arguments go to
 * mocha. Exits 0 also when a toolchain is missing, unless CI is set.
 */
async function main(args: readonly string[]): Promise<number> {
  try {
    await Promise.all([folderOf(envoy), pluginModules()]);
    // After the others: they wait for the same standard library of Rust.
    await builtExamples();
  } catch (error) {
    if (!(error instanceof NoToolchain)) throw error;
    console.error(`THE LANE OF PLUGINS DID NOT RUN: ${error.message}.`);
    return process.env['CI'] ? 1 : 0;
  }
  const mocha = ['node_modules/mocha/bin/mocha.js', '--config', 'hack/plugins/mocharc.json', ...args];
  const child = spawn(process.execPath, mocha, { cwd: join(import.meta.dirname, '../..'), stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main(process.argv.slice(2));
