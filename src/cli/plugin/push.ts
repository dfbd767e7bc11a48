import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { parseReference } from '../../artifacts/oci/reference.ts';
import { pushModule, type PushOptions } from '../../artifacts/oci/push.ts';
import { homeFolder } from '../../home.ts';
import { inspectModule } from '../../wasm/inspect.ts';
import { UsageError, type Command } from '../command.ts';

const options = {
  username: { type: 'string', short: 'u' },
  'password-stdin': { type: 'boolean', default: false },
  ca: { type: 'string' },
  'plain-http': { type: 'boolean', default: false },
  'skip-verify': { type: 'boolean', default: false },
  annotation: { type: 'string', multiple: true },
  created: { type: 'string' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

export const push: Command = {
  usage: '[OPTION…] MODULE.wasm REGISTRY/REPOSITORY:TAG',
  summary: 'Pushes a module to an OCI registry, and prints the reference with its digest.',
  details: `  -u, --username NAME      with --password-stdin; otherwise what docker login has written is used
      --password-stdin     reads the password, or token, from the standard input
      --ca FILE            PEM of a private certificate authority
      --plain-http         speaks HTTP without TLS
      --skip-verify        does not check the registry's certificate
      --annotation K=V     of the manifest; several times for several
      --created DATE       in place of now; the same date and module give the same digest`,
  run: async (args) => {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [file, reference, ...more] = positionals;
    if (file === undefined || reference === undefined || more.length > 0)
      throw new UsageError('takes a module and a reference');
    const { registry, repository } = parseReference(reference);
    const bytes = await readFile(file);
    const { problem } = await inspectModule(bytes);
    if (problem !== undefined) throw new Error(`${file}: ${problem}`);
    const digest = await pushModule(reference, bytes, await pushOptions(values));
    console.log(`${registry}/${repository}@${digest}`);
    return 0;
  },
};

async function pushOptions(values: Values): Promise<PushOptions> {
  if (values['plain-http'] && values['skip-verify'])
    throw new UsageError('--plain-http has no certificate for --skip-verify');
  return {
    ...(await login(values)),
    ...(values.ca !== undefined && { ca: await readFile(values.ca, 'utf8') }),
    ...(values['plain-http'] && { insecure: 'PlainHttp' }),
    ...(values['skip-verify'] && { insecure: 'SkipVerify' }),
    ...(values.created !== undefined && { created: date(values.created) }),
    annotations: Object.fromEntries((values.annotation ?? []).map(pair)),
  };
}

/** Never a password on the command line, where every user of the machine can read it. */
async function login({
  username,
  'password-stdin': asked,
}: Values): Promise<Pick<PushOptions, 'credential' | 'dockerConfig'>> {
  if ((username === undefined) === asked)
    throw new UsageError('--username and --password-stdin belong together');
  if (username !== undefined) {
    return { credential: { username, password: (await text(process.stdin)).replace(/\r?\n$/, '') } };
  }
  const dockerConfig = await readDockerConfig();
  return dockerConfig === undefined ? {} : { dockerConfig };
}

/** What `docker login` has written, where it holds credentials and not only the name of a helper that does. */
async function readDockerConfig(): Promise<string | undefined> {
  const home = homeFolder();
  const folder = process.env['DOCKER_CONFIG'] ?? (home === undefined ? undefined : join(home, '.docker'));
  if (folder === undefined) return undefined;
  const file = join(folder, 'config.json');
  let config: string;
  try {
    config = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return 'auths' in (JSON.parse(config) as object) ? config : undefined;
  } catch {
    // The words of the parser would quote a piece of the secret.
    throw new Error(`${file} is not JSON`);
  }
}

function date(written: string): Date {
  const found = new Date(written);
  if (Number.isNaN(found.getTime()))
    throw new UsageError(`--created ${written} is no date such as 2026-01-31T12:00:00Z`);
  return found;
}

function pair(written: string): readonly [string, string] {
  const at = written.indexOf('=');
  if (at < 1) throw new UsageError(`--annotation ${written} must be KEY=VALUE`);
  return [written.slice(0, at), written.slice(at + 1)];
}
