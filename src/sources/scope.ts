import type { KubeObject } from '../api/core.ts';
import type { LabelSelector } from './label-selector.ts';

/** Which objects are those of one Loom, where several stand side by side. */
export interface Scope {
  /** Objects of that class; undefined: those without one. */
  readonly className?: string;
  /** Those without a class as well. */
  readonly isDefault?: boolean;
  /** Only objects with such labels. */
  readonly selector?: LabelSelector;
}

/** Services say their class in an annotation. */
const classAnnotation = 'loom.dev/class';

export function isOwn(object: KubeObject, { className, isDefault, selector }: Scope): boolean {
  const { labels, annotations } = object.metadata;
  if (selector && !selector.matches(labels)) return false;
  const { spec } = object as { readonly spec?: { readonly className?: unknown } };
  const told = object.kind === 'Service' ? annotations?.[classAnnotation] : spec?.className;
  return told === className || (isDefault === true && told === undefined);
}

/** The Lease of their leader: those who write the status of the same objects must agree on it. */
export function leaseNameOf({ className, selector }: Scope, hash: (text: string) => string): string {
  const parts = [
    'loom',
    ...(className === undefined ? [] : [className]),
    ...(selector ? [hash(selector.text)] : []),
  ];
  return parts.join('-');
}
