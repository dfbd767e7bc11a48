import { config } from 'chai';
import { resolve } from 'node:path';

// Half of a message is of no use to who has nothing but the log of a run.
config.truncateThreshold = 0;

/**
 * Hundreds of tests start Loom as a process: what Node has compiled for one, it need not compile for the next. Halves the time
 * of a start.
 */
process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/compiled');

/** Root hooks of every suite: an error that nobody handled fails the test in which it surfaced. */
let unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

export const mochaHooks = {
  afterEach(): void {
    const [first] = unhandled;
    unhandled = [];
    if (first !== undefined) throw new Error('unhandled rejection', { cause: first });
  },
};
