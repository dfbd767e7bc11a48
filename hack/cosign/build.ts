import { join } from 'node:path';
import { goTools } from '../go-tools.ts';

/**
 * The path of a program that makes keys and signatures by the libraries of cosign (see main.go), kept under `~/.cache/loom/cosign`. Rejects
 * where there is no Go.
 */
export async function cosignBinary(): Promise<string> {
  const folder = await goTools('cosign', import.meta.dirname, ['.']);
  return join(folder, 'cosign');
}

if (import.meta.main) void cosignBinary().then(console.log); // no await here: mocha loads this file with require()
