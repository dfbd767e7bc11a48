import { readBody, readComplaint } from '../http/body.ts';
import type { Answer, HttpClient } from '../http/client.ts';
import { refusal } from '../http/failure.ts';
import { SupplyError } from '../supply-error.ts';
import { parseChallenges } from './challenge.ts';
import type { Credential } from './docker-config.ts';

export const basic = ({ username, password }: Credential): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * The Authorization field that a 401 of a registry asks for: Basic, or a Bearer token from the token server that it names
 * (docker token authentication; with a refresh token OAuth 2.0, RFC 6749 section 6). `scope` is what the client wants when
 * the registry does not say. Throws a SupplyError when there is no way in.
 */
export async function authorize(
  http: HttpClient,
  answer: Answer,
  credential: Credential | undefined,
  scope: string,
): Promise<string> {
  const field = answer.headers['www-authenticate'];
  const challenges = parseChallenges([field ?? ''].flat().join(', '));
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters['realm']);
  if (bearer) return `Bearer ${await fetchToken(http, answer.url, bearer.parameters, credential, scope)}`;
  const isBasic = challenges.some(({ scheme }) => scheme === 'basic');
  if (isBasic && credential?.username) return basic(credential);
  const text = isBasic
    ? 'asks for a user and password, and the pull secret has none for it'
    : 'refuses without saying how to authenticate';
  throw new SupplyError('Unauthorized', `${answer.url.host} ${text}`);
}

async function fetchToken(
  http: HttpClient,
  from: URL,
  { realm = '', service, scope: asked }: Readonly<Record<string, string>>,
  credential: Credential | undefined,
  scope: string,
): Promise<string> {
  const url = URL.parse(realm, from);
  if (!url) throw new SupplyError('FetchFailed', `${from.host} names a token server that is no URL`);
  const form = new URLSearchParams({ ...(service ? { service } : {}), scope: asked || scope });
  let answer: Answer;
  if (credential?.identityToken) {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', credential.identityToken);
    form.set('client_id', 'loom');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    answer = await http.ask(url, { method: 'POST', headers, body: form.toString() });
  } else {
    for (const [key, value] of form) url.searchParams.set(key, value);
    answer = await http.ask(url, { authorization: credential && basic(credential) });
  }
  if (answer.status !== 200) throw refusal(answer, 'a token', await readComplaint(answer));
  const { token, access_token: access } = parse((await readBody(answer, 256 * 1024, 'the token')).toString());
  if (typeof token === 'string' && token) return token;
  if (typeof access === 'string' && access) return access;
  throw new SupplyError('FetchFailed', `${url.host} answers without a token`);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
