import { SupplyError } from '../supply-error.ts';

export interface Credential {
  readonly username: string;
  readonly password: string;
  /** A refresh token of the token server, in place of user and password. */
  readonly identityToken?: string;
}

interface Entry {
  readonly username?: unknown;
  readonly password?: unknown;
  readonly auth?: unknown;
  readonly identitytoken?: unknown;
}

/**
 * The credential for `registry/repository` in a docker config (`auths`), as the kubelet chooses it: keys are hosts with or
 * without scheme and path, `*` stands for one label, and the longest path that fits goes first. undefined when there is none.
 * Throws a SupplyError when the text is no docker config.
 */
export function credentialFor(config: string, registry: string, repository: string): Credential | undefined {
  const fitting = Object.entries(authsOf(config))
    .map(([key, entry]) => ({ ...splitKey(key), entry }))
    .filter(
      ({ host, path }) =>
        fitsHost(host, registry) && (path === '' || `${repository}/`.startsWith(`${path}/`)),
    )
    .toSorted((a, b) => b.path.length - a.path.length || wildcards(a.host) - wildcards(b.host));
  for (const { entry } of fitting) {
    const credential = toCredential(entry);
    if (credential) return credential;
  }
  return undefined;
}

function authsOf(config: string): Readonly<Record<string, Entry>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(config);
  } catch {
    // The text of the parser would quote the secret.
    throw new SupplyError('InvalidSecret', 'the docker config of the pull secret is not JSON');
  }
  const auths = (parsed as { auths?: unknown } | null)?.auths;
  if (typeof auths !== 'object' || auths === null)
    throw new SupplyError('InvalidSecret', 'the docker config of the pull secret has no auths');
  return auths as Readonly<Record<string, Entry>>;
}

function splitKey(key: string): { readonly host: string; readonly path: string } {
  const [, host = '', path = ''] = /^(?:https?:\/\/)?([^/]*)\/?(.*?)\/*$/.exec(key) ?? [];
  return { host: host.toLowerCase(), path: path.replace(/^v[12]$/, '') };
}

const wildcards = (host: string): number => host.split('*').length;

function fitsHost(pattern: string, registry: string): boolean {
  const wanted = pattern.split(/[.:]/);
  const labels = registry.toLowerCase().split(/[.:]/);
  return (
    pattern.includes(':') === registry.includes(':') &&
    wanted.length === labels.length &&
    wanted.every((label, i) => label === '*' || label === labels[i])
  );
}

function toCredential({ username, password, auth, identitytoken }: Entry): Credential | undefined {
  const pair = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString() : '';
  const colon = pair.indexOf(':');
  const [name, word] =
    typeof username === 'string' && typeof password === 'string'
      ? [username, password]
      : colon > 0
        ? [pair.slice(0, colon), pair.slice(colon + 1)]
        : ['', ''];
  if (typeof identitytoken === 'string' && identitytoken)
    return { username: name, password: word, identityToken: identitytoken };
  return name ? { username: name, password: word } : undefined;
}
