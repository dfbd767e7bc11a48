import type { Engine } from './engine.ts';

/** V8 through the WebAssembly JavaScript interface. */
export const v8: Engine = {
  instantiate(module, imports) {
    const { exports } = new WebAssembly.Instance(module, imports);
    return {
      memory: exports['memory'] as WebAssembly.Memory,
      call(name) {
        const found = exports[name];
        return typeof found === 'function' ? (found as (...args: number[]) => number) : undefined;
      },
    };
  },
};
