import { SupplyError } from '../supply-error.ts';

/** What an image is called: a registry, a repository in it, and a version. */
export interface Reference {
  /** Host, with its port where there is one. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:hex`; goes before the tag. */
  readonly digest?: string;
}

const host =
  /^(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?|[A-Za-z0-9-]+:[0-9]{1,5}|localhost|\[[0-9A-Fa-f:]+\](?::[0-9]{1,5})?)$/;
const path = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tail = /^(.*?)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[a-f0-9]{64}))?$/;

/** Names and tags as the OCI distribution specification has them. Throws a SupplyError for anything else. */
export function parseReference(text: string): Reference {
  const image = text.replace(/^oci:\/\//, '');
  const slash = image.indexOf('/');
  const registry = image.slice(0, Math.max(slash, 0));
  const [, repository = '', tag, digest] = tail.exec(image.slice(slash + 1)) ?? [];
  if (!host.test(registry) || !path.test(repository)) {
    throw new SupplyError(
      'NotFound',
      `${text} is not the name of an image with its registry, such as registry.example.com/team/plugin:1.2`,
    );
  }
  if (digest) return { registry, repository, digest, ...(tag ? { tag } : {}) };
  return { registry, repository, tag: tag ?? 'latest' };
}

export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${digest ? `@${digest}` : `:${tag ?? 'latest'}`}`;
}
