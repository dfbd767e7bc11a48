import type { Secret } from '../../api/core.ts';
import { parseHtpasswd } from '../../model/htpasswd.ts';
import type { BasicAuth, Route, Rule } from '../../model/model.ts';
import type { ConditionState, ObjectSet } from '../objects.ts';
import { unresolved } from './verdict.ts';

/** Where other gateways have the file too: the first that is there counts. */
const keys = ['auth', '.htpasswd', 'users'] as const;

const textOf = (secret: Secret | undefined): string | undefined => {
  const key = keys.find((one) => secret?.data?.[one] !== undefined);
  return key === undefined ? undefined : Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
};

/** What keeps users of a Secret from coming, or undefined. Its other users may come all the same. */
export function checkPasswords(
  secret: Secret | undefined,
  id: string,
  field: string,
): ConditionState | undefined {
  if (!secret) return unresolved('SecretNotFound', `${field}: there is no Secret ${id}.`);
  const text = textOf(secret);
  if (text === undefined)
    return unresolved(
      'InvalidSecret',
      `${field}: the Secret ${id} lacks auth, a file as htpasswd -B writes it.`,
    );
  const { problems } = parseHtpasswd(text);
  if (problems.length === 0) return undefined;
  const more = problems.length > 3 ? `; and ${problems.length - 3} more` : '';
  return unresolved(
    'InvalidSecret',
    `${field}: the Secret ${id}: ${problems.slice(0, 3).join('; ')}${more}. Such lines count for nothing.`,
  );
}

/** Writes the users of Secrets into the rules that name them; the same route and Secrets give the same object. */
export class PasswordMemo {
  readonly #known = new WeakMap<
    Route,
    { readonly secrets: readonly (Secret | undefined)[]; readonly route: Route }
  >();

  fill(route: Route, objects: ObjectSet, isDenied: (secret: string) => boolean): Route {
    const ids = route.rules.flatMap((rule) => basicAuthOf(rule)?.secret ?? []);
    if (ids.length === 0) return route;
    const secrets = ids.map((id) => (isDenied(id) ? undefined : objects.Secret.get(id)));
    const known = this.#known.get(route);
    if (known?.secrets.every((secret, i) => secret === secrets[i])) return known.route;
    const byId = new Map(ids.map((id, i) => [id, secrets[i]]));
    const filled = { ...route, rules: route.rules.map((rule) => withUsers(rule, byId)) };
    this.#known.set(route, { secrets, route: filled });
    return filled;
  }
}

const basicAuthOf = ({ middleware }: Rule): BasicAuth | undefined =>
  middleware['basicAuth'] as BasicAuth | undefined;

function withUsers(rule: Rule, secrets: ReadonlyMap<string, Secret | undefined>): Rule {
  const settings = basicAuthOf(rule);
  const users = settings?.secret === undefined ? undefined : textOf(secrets.get(settings.secret));
  return users === undefined
    ? rule
    : { ...rule, middleware: { ...rule.middleware, basicAuth: { ...settings, users } } };
}
