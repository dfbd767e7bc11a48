/** What C++ plugins import that were built by emscripten. */
export const pthreadEqual = (_host: unknown, a: number, b: number): number => (a === b ? 1 : 0);

/** The views renew themselves (GuestMemory): there is nothing to do. */
export const emscriptenNotifyMemoryGrowth = (): number => 0;
