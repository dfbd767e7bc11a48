import { followAside, type Aside } from './follow-aside.ts';

export interface SelectedNamespacesParts extends Pick<Aside, 'client' | 'log' | 'timing'> {
  /** As the API server takes it: it sends no others, and says that one is deleted when it loses its labels. */
  readonly selector: string;
  /** Called with all of them, when they were read for the first time and after each change. */
  readonly changed: (names: ReadonlySet<string>) => void;
}

export const namespacesPath = '/api/v1/namespaces';

/** Follows which namespaces have the labels of a selector, until `signal` aborts; never throws. */
export async function followNamespaces(parts: SelectedNamespacesParts, signal: AbortSignal): Promise<void> {
  const { selector, changed, ...rest } = parts;
  let names: ReadonlySet<string> = new Set();
  const become = (next: ReadonlySet<string>): void => changed((names = next));
  const aside: Aside = {
    ...rest,
    path: namespacesPath,
    query: { labelSelector: selector },
    failure: 'cannot read which namespaces to watch; goes on with those that are known',
  };
  const sink = {
    replace: (all: readonly Named[]) => become(new Set(all.map(({ metadata }) => metadata.name))),
    apply: ({ metadata: { name } }: Named) => {
      if (!names.has(name)) become(new Set([...names, name]));
    },
    delete: ({ metadata: { name } }: Named) => become(new Set([...names].filter((one) => one !== name))),
  };
  await followAside(aside, sink, signal);
}

interface Named {
  readonly metadata: { readonly name: string };
}
