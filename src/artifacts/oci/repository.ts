import type { Descriptor } from './manifest.ts';

/** Where the parts of an image come from: a registry, or what is left of one on the disk. All reject with a SupplyError. */
export interface Repository {
  /** The digest (`sha256:hex`) of the manifest that a tag names now. */
  resolve(tag: string): Promise<string>;
  /** What has that digest, verified. */
  manifest(digest: string): Promise<Uint8Array>;
  blob(descriptor: Descriptor): Promise<Uint8Array>;
}
