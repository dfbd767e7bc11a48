import { readFileSync } from 'node:fs';
import { embedded } from '../embedded.ts';

/** The version in package.json, which lies one folder above both src/ and dist/. */
export function readVersion(): string {
  const text =
    embedded('package.json') ?? readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
