import type { WasmPluginSpec } from '../../api/types.gen.ts';
import { toMs } from '../../model/duration.ts';
import {
  capabilityFamilies,
  type Capabilities,
  type CapabilityFamily,
  type HeaderGrant,
  type NameFilter,
  type Plugin,
  type PluginLimits,
} from '../../model/plugin.ts';
import { toSource } from './plugin-source.ts';

type CapabilitiesSpec = NonNullable<WasmPluginSpec['capabilities']>;
type HeadersSpec = NonNullable<CapabilitiesSpec['requestHeaders']>;
type NamesSpec = NonNullable<HeadersSpec['read']>;

/** What a plugin may do without asking. */
const given: readonly CapabilityFamily[] = ['Headers', 'Log', 'Properties', 'LocalResponse', 'Metrics'];

export function toPlugin(id: string, namespace: string, spec: WasmPluginSpec): Plugin {
  return {
    id,
    source: toSource(namespace, spec.source, spec.sha256),
    ...(spec.sha256 ? { sha256: spec.sha256 } : {}),
    rootId: spec.rootId ?? '',
    vmId: spec.vmId ?? '',
    config: configText(spec.config),
    env: spec.env ?? [],
    phase: spec.phase,
    priority: spec.priority,
    failurePolicy: {
      fetch: spec.failurePolicy?.fetch ?? 'Closed',
      configure: spec.failurePolicy?.configure ?? 'Closed',
      run: spec.failurePolicy?.run ?? 'Closed',
    },
    isolation: spec.isolation,
    instances: spec.instances,
    ticks: spec.ticks,
    allowOnHeadersStopIteration: spec.allowOnHeadersStopIteration,
    limits: toLimits(spec.limits),
    capabilities: toCapabilities(spec.capabilities, namespace),
  };
}

/** A string goes to the plugin as it stands, everything else as JSON. Empty for none. */
export function configText(config: unknown): string {
  if (config === undefined) return '';
  return typeof config === 'string' ? config : JSON.stringify(config);
}

function toLimits(limits: WasmPluginSpec['limits']): PluginLimits {
  return {
    callbackCpuMs: toMs(limits?.callbackCpu ?? '50ms'),
    requestCpuMs: toMs(limits?.requestCpu ?? '200ms'),
    startCpuMs: toMs(limits?.startCpu ?? '5s'),
    memoryBytes: (limits?.memoryMiB ?? 64) << 20,
    bufferBytes: (limits?.bufferKiB ?? 1024) * 1024,
    concurrency: limits?.concurrency ?? 0,
  };
}

function toCapabilities(spec: WasmPluginSpec['capabilities'], namespace: string): Capabilities {
  const allowed: readonly string[] = spec?.allow ?? [];
  const denied: readonly string[] = spec?.deny ?? [];
  return {
    families: capabilityFamilies.filter(
      (family) =>
        (given.includes(family) || allowed.includes('All') || allowed.includes(family)) &&
        !denied.includes(family),
    ),
    upstreams: (spec?.upstreams ?? []).map((name) => withNamespace(name, namespace)),
    requestHeaders: toGrant(spec?.requestHeaders),
    responseHeaders: toGrant(spec?.responseHeaders),
  };
}

/** A bare name is an upstream of the plugin's namespace; a cluster of Istio is `host:port`, which stays what it is, as `*` does. */
function withNamespace(name: string, namespace: string): string {
  const [, port, host] = /^outbound\|(\d{1,5})\|[^|]*\|([^|]+)$/.exec(name) ?? [];
  if (host) return `${host}:${port}`;
  return namespace === '' || name === '*' || /[/:]/.test(name) ? name : `${namespace}/${name}`;
}

const toGrant = (spec: HeadersSpec | undefined): HeaderGrant => ({
  read: toFilter(spec?.read),
  write: toFilter(spec?.write),
});

const toFilter = (spec: NamesSpec | undefined): NameFilter => ({
  allow: (spec?.allow ?? []).map((name) => name.toLowerCase()),
  deny: (spec?.deny ?? []).map((name) => name.toLowerCase()),
});
