import type { Secret } from '../../api/core.ts';
import type { LoomUpstreamSpec } from '../../api/types.gen.ts';
import type { Upstream, UpstreamTls } from '../../model/model.ts';
import type { ConditionState, ObjectSet, Warning } from '../objects.ts';
import { idOf } from './route.ts';
import { resolved, unresolved } from './verdict.ts';

export interface Secured {
  readonly upstream: Upstream;
  readonly condition: ConditionState;
}

interface Known {
  readonly secrets: readonly (Secret | undefined)[];
  readonly secured: Secured;
}

/** Adds to upstreams what their Secrets hold; the same upstream and Secrets give the same object. */
export class TlsMemo {
  readonly #known = new WeakMap<Upstream, Known>();

  /** `wanted` gets the ids of the Secrets, whether they exist or not. */
  resolve(
    upstream: Upstream,
    namespace: string,
    { tls }: LoomUpstreamSpec,
    objects: ObjectSet,
    wanted: Set<string>,
  ): Secured {
    const ids = [tls?.caSecretRef, tls?.clientCertSecretRef].map((ref) => ref && idOf(namespace, ref.name));
    const secrets = ids.map((id) => {
      if (id !== undefined) wanted.add(id);
      return id === undefined ? undefined : objects.Secret.get(id);
    });
    const known = this.#known.get(upstream);
    if (known?.secrets.every((secret, i) => secret === secrets[i])) return known.secured;
    const secured = secure(upstream, ids, secrets);
    this.#known.set(upstream, { secrets, secured });
    return secured;
  }
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

function secure(
  upstream: Upstream,
  [caId, clientId]: readonly (string | undefined)[],
  [caSecret, clientSecret]: readonly (Secret | undefined)[],
): Secured {
  if (caId === undefined && clientId === undefined) return { upstream, condition: resolved };
  const ca = caSecret?.data?.['ca.crt'];
  const { 'tls.crt': cert, 'tls.key': key } = clientSecret?.data ?? {};
  let condition = resolved;
  if (caId !== undefined && !ca) condition = missing('caSecretRef', caId, caSecret, 'ca.crt');
  else if (clientId !== undefined && !(cert && key))
    condition = missing('clientCertSecretRef', clientId, clientSecret, 'tls.crt or tls.key');
  const tls: UpstreamTls = {
    ...upstream.tls,
    ...(ca ? { ca: text(ca) } : {}),
    ...(cert && key ? { client: { cert: text(cert), key: text(key) } } : {}),
    // Nothing goes out with less proof than was asked for.
    ...(condition === resolved ? {} : { problem: condition.message }),
  };
  return { upstream: { ...upstream, tls }, condition };
}

function missing(field: string, id: string, secret: Secret | undefined, keys: string): ConditionState {
  if (!secret) return unresolved('SecretNotFound', `spec.tls.${field}: there is no Secret ${id}.`);
  return unresolved('InvalidSecret', `spec.tls.${field}: the Secret ${id} lacks ${keys}.`);
}

/** What the owner of an upstream should hear of. */
export const tlsWarnings = ({ tls }: Upstream): readonly Warning[] =>
  tls?.insecureSkipVerify
    ? [
        {
          reason: 'InsecureSkipVerify',
          message: 'tls.insecureSkipVerify: any certificate of the endpoints is believed',
        },
      ]
    : [];
