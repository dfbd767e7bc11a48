import type { Kind } from '../objects.ts';

/** Where the Kubernetes source tells how it is doing; metrics are made of it. Methods must not throw. */
export interface KubeObserver {
  /** Whether all watches of a kind are open. */
  watchUp(kind: Kind, up: boolean): void;
  /** A complete list, the first one too. */
  relist(kind: Kind): void;
  /** A failed list or watch. */
  error(kind: Kind): void;
  /** Anything that came over a watch, bookmarks too. */
  event(kind: Kind): void;
  /** Whether this process writes the status of objects. */
  leader(leads: boolean): void;
  /** How many addresses routes should show. */
  addresses(count: number): void;
}
