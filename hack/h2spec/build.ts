import { join } from 'node:path';
import { goTools } from '../go-tools.ts';

/** The path of h2spec, kept under `~/.cache/loom/h2spec`. Rejects where there is no Go. */
export async function h2specBinary(): Promise<string> {
  const folder = await goTools('h2spec', import.meta.dirname, ['github.com/summerwind/h2spec/cmd/h2spec']);
  return join(folder, 'h2spec');
}
