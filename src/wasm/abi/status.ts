/** What a host function returns (proxy-wasm spec 0.2.1, `proxy_status_t`). The SDKs know no others. */
export const status = {
  ok: 0,
  notFound: 1,
  badArgument: 2,
  serializationFailure: 3,
  parseFailure: 4,
  invalidMemoryAccess: 6,
  empty: 7,
  casMismatch: 8,
  internalFailure: 10,
  unimplemented: 12,
} as const;

export type Status = (typeof status)[keyof typeof status];

/** What a WASI function returns (WASI preview 1, `errno`); only those that this host gives. */
export const errno = {
  success: 0,
  badf: 8,
  inval: 28,
  noent: 44,
  nosys: 52,
  notdir: 20,
  fault: 21,
  notsup: 58,
  notcapable: 76,
} as const;
