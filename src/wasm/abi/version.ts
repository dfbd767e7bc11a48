/** The ABIs that Loom speaks, oldest first. 0.2.100 is Higress' superset of 0.2.1. */
const abiVersions = ['0.1.0', '0.2.0', '0.2.1', '0.2.100'] as const;
export type AbiVersion = (typeof abiVersions)[number];

const prefix = 'proxy_abi_version_';
const markers: ReadonlyMap<string, AbiVersion> = new Map(
  abiVersions.map((version) => [prefix + version.replaceAll('.', '_'), version]),
);

/** Finds the version by the marker that a module exports. Throws an Error for people when there is none that Loom speaks. */
export function abiVersionOf(exports: Iterable<string>): AbiVersion {
  const found: AbiVersion[] = [];
  const unknown: string[] = [];
  for (const name of exports) {
    const version = markers.get(name);
    if (version) found.push(version);
    else if (name.startsWith(prefix)) unknown.push(name);
  }
  // A module with several markers was linked for several hosts: the newest is the one it was written for.
  const [first, ...rest] = found;
  if (first) return rest.reduce((a, b) => (abiVersions.indexOf(b) > abiVersions.indexOf(a) ? b : a), first);
  const known = [...markers.keys()].join(', ');
  throw new Error(
    unknown.length > 0
      ? `the module has the ABI marker ${unknown.join(', ')}, Loom knows ${known}`
      : `not a Proxy-Wasm module: it exports no ABI marker (${known})`,
  );
}
