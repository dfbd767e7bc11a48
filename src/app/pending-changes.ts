import type { TranslationChanges } from '../sources/translate/changes.ts';

/** What translations have changed and the workers have not been told of: a change that cannot be applied must not be lost. */
export class PendingChanges {
  readonly routes = new Set<string>();
  readonly upstreams = new Set<string>();
  readonly plugins = new Set<string>();
  readonly certificates = new Set<string>();
  readonly endpoints = new Set<string>();
  readonly verdicts = new Set<string>();
  /** Whether the source has not heard what is wanted of it. */
  wanted = false;

  add(changes: TranslationChanges): void {
    for (const id of changes.routes) this.routes.add(id);
    for (const id of changes.upstreams) this.upstreams.add(id);
    for (const id of changes.plugins) this.plugins.add(id);
    for (const id of changes.certificates) this.certificates.add(id);
    for (const id of changes.endpoints) this.endpoints.add(id);
    for (const key of changes.verdicts) this.verdicts.add(key);
    this.wanted ||= changes.wanted;
  }

  /** All but what the source is told has been taken over. */
  clear(): void {
    for (const ids of [
      this.routes,
      this.upstreams,
      this.plugins,
      this.certificates,
      this.endpoints,
      this.verdicts,
    ])
      ids.clear();
  }
}
