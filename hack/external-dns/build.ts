import { join } from 'node:path';
import { goTools } from '../go-tools.ts';

/**
 * The path of external-dns, kept under `~/.cache/loom/external-dns`. Rejects where there is no Go. Two libraries are older than it asks
 * for, one of a DNS provider and one of OpenShift's routes: proxies of Go modules do not have those versions.
 */
export async function externalDnsBinary(): Promise<string> {
  const folder = await goTools('external-dns', import.meta.dirname, ['sigs.k8s.io/external-dns']);
  return join(folder, 'external-dns');
}

if (import.meta.main) void externalDnsBinary().then(console.log); // no await here: mocha loads this file with require()
