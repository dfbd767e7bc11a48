import { parseSelector } from '../sources/label-selector.ts';
import type { Scope } from '../sources/scope.ts';
import type { TranslateOptions } from '../sources/translate/translator.ts';
import { UsageError } from './command.ts';

/** For parseArgs: which objects are those of one Loom, and how they are read. */
export const scopeOptions = {
  class: { type: 'string' },
  'default-class': { type: 'boolean' },
  selector: { type: 'string' },
  'compat-annotations': { type: 'boolean' },
  'allow-external-names': { type: 'boolean' },
} as const;

export interface ScopeValues {
  readonly class?: string | undefined;
  readonly 'default-class'?: boolean | undefined;
  readonly selector?: string | undefined;
  readonly 'compat-annotations'?: boolean | undefined;
  readonly 'allow-external-names'?: boolean | undefined;
}

/** Throws a UsageError for what is no selector. */
export function scopeOf({ class: className, 'default-class': isDefault, selector }: ScopeValues): Scope {
  if (isDefault && className === undefined)
    throw new UsageError('takes --default-class with --class: without a class it is the default anyway');
  try {
    return {
      ...(className !== undefined && { className }),
      ...(isDefault && { isDefault }),
      ...(selector !== undefined && { selector: parseSelector(selector) }),
    };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Whether Services of type ExternalName are upstreams. It is for sources: what may not be followed is not even read. */
export const externalNamesOf = (values: ScopeValues): boolean => values['allow-external-names'] ?? false;

/** For parseArgs: where these objects are. */
export const namespaceOptions = {
  namespaces: { type: 'string' },
  'namespace-selector': { type: 'string' },
} as const;

export interface NamespaceValues {
  readonly namespaces?: string | undefined;
  readonly 'namespace-selector'?: string | undefined;
}

/** `namespaces` empty: all. Throws a UsageError for both at once, and for what is no selector. */
export function namespacesOf({ namespaces, 'namespace-selector': selector }: NamespaceValues): {
  readonly namespaces: readonly string[];
  readonly namespaceSelector?: string;
} {
  if (selector === undefined) return { namespaces: namespaces?.split(',') ?? [] };
  if (namespaces !== undefined) throw new UsageError('takes one of --namespaces and --namespace-selector');
  try {
    return { namespaces: [], namespaceSelector: parseSelector(selector).text };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** `ofCluster`: the objects are those of many people. */
export const translateOptionsOf = (values: ScopeValues, ofCluster = false): TranslateOptions => ({
  compatAnnotations: values['compat-annotations'] ?? false,
  foreignOnly: ofCluster,
});
