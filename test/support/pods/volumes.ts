import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { until } from '../cluster-wait.ts';
import type { Api } from './api.ts';
import { fieldOf, type Pod } from './spec.ts';

/** Makes the volumes of a pod as folders below `folder`. @returns their paths by name. Throws for kinds that nobody here uses. */
export async function makeVolumes(api: Api, pod: Pod, folder: string): Promise<ReadonlyMap<string, string>> {
  const { namespace } = pod.metadata;
  const made = new Map<string, string>();
  const dataOf = async (name: string): Promise<Readonly<Record<string, string>>> => {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    // The pod waits for it: that with the authority is made by a controller, behind the namespace.
    const map = await until(`ConfigMap ${name}`, () =>
      api.call<{ data?: Record<string, string> }>('GET', path),
    );
    return map.data ?? {};
  };
  for (const { name, configMap, emptyDir, projected } of pod.spec.volumes ?? []) {
    const at = join(folder, name);
    await mkdir(at, { recursive: true });
    if (emptyDir) await chmod(at, 0o777); // in place of fsGroup
    made.set(name, at);
    const put = async (path: string, text: string): Promise<void> => {
      await mkdir(dirname(join(at, path)), { recursive: true });
      await writeFile(join(at, path), text, { mode: 0o644 });
    };
    if (configMap)
      for (const [path, text] of Object.entries(await dataOf(configMap.name))) await put(path, text);
    else if (!emptyDir && !projected)
      throw new Error(`the volume ${name} is of a kind that is not made here`);
    for (const source of projected?.sources ?? []) {
      if (source.serviceAccountToken) {
        const account = pod.spec.serviceAccountName ?? 'default';
        const answer = await api.call<{ status: { token: string } }>(
          'POST',
          `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
          {
            spec: {
              boundObjectRef: {
                kind: 'Pod',
                apiVersion: 'v1',
                name: pod.metadata.name,
                uid: pod.metadata.uid,
              },
            },
          },
        );
        await put(source.serviceAccountToken.path, answer?.status.token ?? '');
      }
      if (source.configMap) {
        const data = await dataOf(source.configMap.name);
        for (const { key, path } of source.configMap.items) await put(path, data[key] ?? '');
      }
      for (const { path, fieldRef } of source.downwardAPI?.items ?? [])
        await put(path, fieldOf(pod, fieldRef.fieldPath));
    }
  }
  return made;
}
