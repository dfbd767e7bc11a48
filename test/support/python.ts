import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The Python of an environment that holds these packages (`NAME==VERSION`) and nothing else; made on first use, kept between runs.
 * Needs Debian's python3-venv.
 */
export function pythonWith(...packages: readonly [string, ...string[]]): string {
  const home = join(homedir(), '.cache', 'loom', packages.join('-').replaceAll('==', '-'));
  const installed = join(home, 'installed');
  if (!existsSync(installed)) {
    execFileSync('python3', ['-m', 'venv', '--clear', home]);
    execFileSync(join(home, 'bin', 'pip'), ['install', '--quiet', ...packages]);
    // A run that was broken leaves an environment without this.
    writeFileSync(installed, '');
  }
  return join(home, 'bin', 'python');
}
