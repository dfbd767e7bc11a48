import type { RootContext } from './context.ts';

const most = 256;
const readonlyNames = new WeakMap<RootContext, Map<string, boolean>>();

/** False when the name is declared already, or too many are. */
export function declareProperty(root: RootContext, name: string, readonly: boolean): boolean {
  let names = readonlyNames.get(root);
  if (!names) readonlyNames.set(root, (names = new Map()));
  if (names.has(name) || names.size >= most) return false;
  names.set(name, readonly);
  return true;
}

/** It can be set once for each exchange. */
export const isReadonly = (root: RootContext, name: string): boolean =>
  readonlyNames.get(root)?.get(name) ?? false;
