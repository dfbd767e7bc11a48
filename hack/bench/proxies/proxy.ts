import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The same plugin so many times on the way of each request. */
export interface Plugins {
  readonly path: string;
  readonly count: number;
  /** JSON. */
  readonly config: string;
  /** A VM for each of them, where a gateway has the choice: one that fails takes no other with it. */
  readonly apart?: boolean;
}

/** What is asked of a gateway: prefixes /svc0 … to one upstream on 127.0.0.1 that speaks HTTP/1.1. */
export interface Setup {
  /** For its configuration. */
  readonly folder: string;
  readonly port: number;
  readonly upstream: number;
  readonly routes: number;
  /** `https` takes HTTP/1.1 and HTTP/2 by ALPN, `h2c` HTTP/2 by prior knowledge. */
  readonly wire: Wire;
  /** Beside `https`, over UDP at the same port. */
  readonly http3?: boolean;
  /** PEM files. */
  readonly certificate: { readonly cert: string; readonly key: string };
  /** Data workers or threads; 1 by default. */
  readonly workers?: number;
  readonly plugins?: Plugins;
}

export type Wire = 'http' | 'h2c' | 'https';

/** One gateway under test. */
export interface Proxy {
  readonly name: string;
  available(): boolean;
  /** Writes the configuration. @returns the program and its arguments */
  command(setup: Setup): readonly [string, readonly string[]];
}

/** Of a virtual environment of Python that holds gateways which PyPI has. */
export const installed = (name: string): string => join(homedir(), '.cache/loom/bench/bin', name);
export const isInstalled = (name: string): boolean => existsSync(installed(name));

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export function write(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
