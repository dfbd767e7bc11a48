import type { ConfigMap, Secret } from '../../api/core.ts';
import type { LoomUpstreamSpec } from '../../api/types.gen.ts';
import type { Upstream, UpstreamTls } from '../../model/upstream.ts';
import type { ConditionState, ObjectSet, Warning } from '../objects.ts';
import { idOf } from './route.ts';
import { resolved, unresolved } from './verdict.ts';
import type { World } from './world.ts';

export interface Secured {
  readonly upstream: Upstream;
  readonly condition: ConditionState;
}

interface Known {
  readonly holders: readonly (Holder | undefined)[];
  readonly secured: Secured;
}

/** What holds PEM: a Secret in base64, a ConfigMap as text. */
type Holder = Secret | ConfigMap;
type Wanted = Pick<World, 'upstreamSecrets' | 'upstreamConfigMaps'>;

/** A place in the spec that names such an object. */
interface Place {
  readonly field: 'caSecretRef' | 'caConfigMapRef' | 'clientCertSecretRef';
  readonly kind: 'Secret' | 'ConfigMap';
  readonly id: string;
  readonly holder: Holder | undefined;
}

/** Adds to upstreams what their Secrets and ConfigMaps hold; the same upstream and objects give the same object. */
export class TlsMemo {
  readonly #known = new WeakMap<Upstream, Known>();

  /** `wanted` gets the ids of what is named, whether it exists or not. */
  resolve(
    upstream: Upstream,
    namespace: string,
    { tls }: LoomUpstreamSpec,
    objects: ObjectSet,
    wanted: Wanted,
  ): Secured {
    const find = (field: Place['field'], kind: Place['kind']): Place[] => {
      const name = tls?.[field]?.name;
      if (name === undefined) return [];
      const id = idOf(namespace, name);
      (kind === 'Secret' ? wanted.upstreamSecrets : wanted.upstreamConfigMaps).add(id);
      return [{ field, kind, id, holder: objects[kind].get(id) }];
    };
    const authority = [...find('caSecretRef', 'Secret'), ...find('caConfigMapRef', 'ConfigMap')][0];
    const [client] = find('clientCertSecretRef', 'Secret');
    const holders = [authority?.holder, client?.holder];
    const known = this.#known.get(upstream);
    if (known?.holders.every((holder, i) => holder === holders[i])) return known.secured;
    const secured = secure(upstream, authority, client);
    this.#known.set(upstream, { holders, secured });
    return secured;
  }
}

function secure(upstream: Upstream, authority: Place | undefined, client: Place | undefined): Secured {
  if (!authority && !client) return { upstream, condition: resolved };
  const ca = textOf(authority, 'ca.crt');
  const cert = textOf(client, 'tls.crt');
  const key = textOf(client, 'tls.key');
  let condition = resolved;
  if (authority && !ca) condition = missing(authority, 'ca.crt');
  else if (client && !(cert && key)) condition = missing(client, 'tls.crt or tls.key');
  const tls: UpstreamTls = {
    ...upstream.tls,
    ...(ca ? { ca } : {}),
    ...(cert && key ? { client: { cert, key } } : {}),
    // Nothing goes out with less proof than was asked for.
    ...(condition === resolved ? {} : { problem: condition.message }),
  };
  return { upstream: { ...upstream, tls }, condition };
}

function textOf(place: Place | undefined, key: string): string | undefined {
  const text = place?.holder?.data?.[key];
  return text !== undefined && place?.kind === 'Secret'
    ? Buffer.from(text, 'base64').toString('latin1')
    : text;
}

function missing({ field, kind, id, holder }: Place, keys: string): ConditionState {
  if (!holder) return unresolved(`${kind}NotFound`, `spec.tls.${field}: there is no ${kind} ${id}.`);
  return unresolved(`Invalid${kind}`, `spec.tls.${field}: the ${kind} ${id} lacks ${keys}.`);
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
