import type { WasmPluginSpec } from '../../api/types.gen.ts';
import type { PluginSource } from '../../model/plugin.ts';
import { keyOf } from '../objects.ts';

type SourceSpec = WasmPluginSpec['source'];
type Remote = NonNullable<SourceSpec['oci']> | NonNullable<SourceSpec['http']>;

/** `sha256` pins the content, so that there is nothing to ask for again. */
export function toSource(namespace: string, spec: SourceSpec, sha256: string | undefined): PluginSource {
  const { configMapRef, configMapChunks, oci, http, file } = spec;
  if (oci) {
    const image = oci.image.replace(/^oci:\/\//, '');
    const isPinned = sha256 !== undefined || image.includes('@');
    return {
      type: 'Oci',
      image,
      pullPolicy: isPinned
        ? 'IfNotPresent'
        : (oci.pullPolicy ?? (isLatest(image) ? 'Always' : 'IfNotPresent')),
      ...(oci.publicKey ? { publicKey: oci.publicKey } : {}),
      ...toRemote(namespace, oci),
    };
  }
  if (http) {
    const pullPolicy = sha256 === undefined ? (http.pullPolicy ?? 'IfNotPresent') : 'IfNotPresent';
    return { type: 'Http', url: http.url, pullPolicy, ...toRemote(namespace, http) };
  }
  if (file) return { type: 'File', path: file.path };
  const parts = configMapChunks ?? (configMapRef ? [configMapRef] : []);
  return { type: 'ConfigMap', namespace, parts: parts.map(({ name, key }) => ({ name, key })) };
}

/** No tag means latest; the port of the registry is not a tag. */
function isLatest(image: string): boolean {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return !name.includes(':') || name.endsWith(':latest');
}

const toRemote = (namespace: string, { pullSecretRef, ca, insecure }: Remote) => ({
  ...(pullSecretRef ? { pullSecret: keyOf({ metadata: { namespace, name: pullSecretRef.name } }) } : {}),
  ...(ca ? { ca } : {}),
  ...(insecure ? { insecure } : {}),
});
