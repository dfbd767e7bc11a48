import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The example plugin that adds headers, as `npm run build:plugins` leaves it. */
export const headerRewrite = (): Uint8Array =>
  readFileSync('plugins/examples/header-rewrite/build/header-rewrite.wasm');

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A ConfigMap that holds a module under the key `plugin.wasm`. */
export const moduleMap = (namespace: string, name: string, bytes: Uint8Array) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name, labels: { 'loom.dev/wasm': 'true' } },
  binaryData: { 'plugin.wasm': Buffer.from(bytes).toString('base64') },
});

/** Configuration that adds `x-request-from` to requests and `x-response-from` to responses. */
export const addHeaders = (value: string) => ({
  request: { 'x-request-from': value },
  response: { 'x-response-from': value },
});

/** The same module under another digest: a custom section (core spec 5.5.3) is ignored when it runs. */
export function withCustomSection(bytes: Uint8Array, name: string): Uint8Array {
  const text = Buffer.from(name);
  return Buffer.concat([bytes, Buffer.from([0, text.length + 1, text.length]), text]);
}

/** The same module as a compiler leaves it that was not told to strip it: `length` bytes of a custom section before the others. */
export function withDebugInformation(bytes: Uint8Array, length: number): Uint8Array {
  const name = Buffer.from('.debug_info');
  const content = Buffer.concat([Buffer.of(name.length), name, Buffer.alloc(length, 'loom')]);
  const size: number[] = [];
  for (let rest = content.length; rest > 0; rest >>= 7) size.push((rest & 127) | (rest > 127 ? 128 : 0));
  const header = 8;
  return Buffer.concat([bytes.subarray(0, header), Buffer.of(0, ...size), content, bytes.subarray(header)]);
}
